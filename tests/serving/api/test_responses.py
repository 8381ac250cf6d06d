"""Answers as JSON and as arrays, without HTTP."""

import io
import json
from typing import Any

import numpy as np
import pytest

from serving.api.responses import as_json, json_pieces, json_response, npy_response
from serving.api.schemas import Evaluation
from serving.models.evaluation import EvaluationResult, EvaluationSpec, evaluate
from tests.support.answers import body
from tests.support.served_function import served_function


def result(points: int, **metadata: Any) -> EvaluationResult:
    return evaluate(served_function(**metadata), EvaluationSpec(np.linspace(-2, 1, points), (0, 2), 1e-3, True))


@pytest.mark.parametrize("points", [1, 3_000])
def test_json_is_an_evaluation_whose_numbers_round_trip(points: int) -> None:
    given = result(points, truth={0: [1.0]})
    _, content = body(json_response(given))
    answer = json.loads(content)
    Evaluation.model_validate(answer)
    assert answer["x"] == given.x.tolist()
    assert answer["derivatives"]["2"] == given.values.derivatives[2].tolist()
    assert answer["in_domain"] == given.inside.tolist()
    assert answer["truth"]["0"][0] is None


def test_pieces_are_the_whole() -> None:
    content = {"a": np.arange(5_000.0), "b": [{"c": np.arange(3)}, {}], "d": {}, "e": [1, None], "f": np.zeros(0)}
    pieces = list(json_pieces(content))
    assert max(map(len, pieces)) < 50_000
    assert json.loads(b"".join(pieces)) == {
        "a": np.arange(5_000.0).tolist(),
        "b": [{"c": [0, 1, 2]}, {}],
        "d": {},
        "e": [1, None],
        "f": [],
    }


def test_an_array_has_a_field_for_each_column_and_headers_say_the_rest() -> None:
    given = result(3_000, truth={0: [1.0]}, x_unit="s", x_origin="2020-01-01")
    headers, content = body(npy_response(given))
    table = np.load(io.BytesIO(content))
    assert table.dtype.names == ("x", "d0", "d2", "h2", "t0", "in_domain")
    np.testing.assert_array_equal(table["d2"], given.values.derivatives[2])
    assert int(headers["content-length"]) == len(content)
    assert (headers["x-model-name"], headers["x-model-version"]) == ("f", "3")
    assert json.loads(headers["x-warnings"]) == given.warnings
    assert (headers["x-unit-of-x"], headers["x-origin-of-x"]) == ("s", "2020-01-01")
    assert "x_unit" in json.loads(as_json(given))
