import json
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving import errors
from serving.http.error_responses import as_response, internal_error, problem

KINDS = errors.ServingError.__subclasses__()


def content(response: Response) -> Any:
    return json.loads(bytes(response.body))


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_answered_with_its_status_and_reason(kind: type[errors.ServingError]) -> None:
    plain, inference = (as_response(path, kind("why")) for path in ("/models", "/v2/models/f/infer"))
    assert plain.status_code == inference.status_code == kind.status
    assert (content(plain), content(inference)) == ({"detail": "why"}, {"error": "why"})
    assert ("retry-after" in plain.headers) == (kind is errors.TooBusy)


def test_mistakes_are_a_sentence_and_a_list() -> None:
    error = RequestValidationError([{"loc": ("query", "x"), "msg": "wrong", "type": "t", "input": 7}])
    plain, inference = (as_response(path, error) for path in ("/functions/f/evaluate", "/v2"))
    assert plain.status_code == inference.status_code == 422
    assert content(plain) == {
        "detail": "query.x: wrong, not 7",
        "issues": [{"loc": ["query", "x"], "msg": "wrong, not 7", "type": "t"}],
    }
    assert content(inference) == {"error": "query.x: wrong, not 7"}


def test_headers_go_along_and_bugs_say_nothing() -> None:
    assert as_response("/", HTTPException(405, "no", {"Allow": "GET"})).headers["allow"] == "GET"
    assert problem("/v2x", 503, "busy", {"Retry-After": "1"}).headers["retry-after"] == "1"
    assert content(internal_error("/")) == {"detail": "internal error"}
