"""Errors as HTTP responses, in one place."""

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from serving.errors import ServingError, TooBusy
from serving.http import error_reports


def install(app: FastAPI) -> None:
    """Answer errors as {"detail": ...}, repeating of a client's input what is short; it may not even be JSON."""

    async def answer(request: Request, error: Exception) -> Response:
        return as_response(request.url.path, error)

    async def answer_bug(request: Request, error: Exception) -> Response:
        return internal_error(request.url.path)

    for kind in HANDLED:
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(Exception, answer_bug)


def as_response(path: str, error: Exception) -> Response:
    """The answer to a request that one of the known errors has ended."""
    if isinstance(error, ServingError):
        return problem(path, error.status, str(error), _LATER if isinstance(error, TooBusy) else None)
    if isinstance(error, RequestValidationError):
        return problem(path, 422, error_reports.issues(error.errors()))
    assert isinstance(error, HTTPException), "one of the known errors"
    return problem(path, error.status_code, error.detail, dict(error.headers or {}))


def internal_error(path: str) -> Response:
    """The answer where an error is nobody's but ours; nothing of it is told."""
    return problem(path, 500, "internal error")


def problem(path: str, status: int, detail: object, headers: dict[str, str] | None = None) -> Response:
    """{"detail": a sentence}, with the issues where these are known part by part.

    Or {"error": ...} as the Open Inference Protocol or UM-Bridge has it.
    """
    said = error_reports.sentence(detail) if isinstance(detail, list) else str(detail)
    content: dict[str, object] = {"detail": said} | ({"issues": detail} if isinstance(detail, list) else {})
    if (protocol := path.split("/", 2)[1:2]) in (["v2"], ["umbridge"]):
        content = {"error": said}
        if protocol == ["umbridge"]:
            kind, status = _UM_BRIDGE.get(status, ("Refused" if status < 500 else "Unavailable", status))
            content = {"error": {"type": kind, "message": said}}
    return Response(orjson.dumps(content), status, headers, "application/json")


# The types of UM-Bridge's protocol 1.0, with the status that it has for each.
_UM_BRIDGE = {
    404: ("ModelNotFound", 400),
    409: ("ModelNotFound", 400),
    400: ("InvalidInput", 400),
    422: ("InvalidInput", 400),
    501: ("UnsupportedFeature", 400),
    500: ("InvalidOutput", 500),
}
_LATER = {"Retry-After": "1"}
HANDLED = (ServingError, RequestValidationError, HTTPException)
