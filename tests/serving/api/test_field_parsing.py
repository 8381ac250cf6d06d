"""What requests ask of functions of several variables, without HTTP."""

from typing import Any

import numpy as np
import orjson
import pytest

from serving.api.field_parsing import from_json, from_npy, from_query, points
from serving.api.request_parsing import split_query
from serving.errors import BadArray, OrderTooHigh, TooManyPoints
from tests.support.arrays import npy
from tests.support.served_field import served_field

METADATA = served_field().metadata
MOST = 10


def test_a_query_is_the_same_as_a_body() -> None:
    _, fields = split_query(b"x=1,-2.5&x=0,3&order=1&derivative=x,y&derivative=y")
    asked = from_query(METADATA, fields, MOST)
    body = {"x": [[1, -2.5], [0, 3]], "orders": [1.0], "derivatives": ["x,y", "y"]}
    said = from_json(METADATA, orjson.dumps(body), {}, MOST)
    by_npy = from_npy(METADATA, npy(np.array(body["x"])), {"orders": ["1"], "derivatives": ["x,y", "y"]}, MOST)
    for spec in (asked, said, by_npy):
        assert spec.x.tolist() == [[1, -2.5], [0, 3]]
        assert (spec.orders, spec.partials) == ((1,), {"x,y": (0, 1), "y": (1,)})


@pytest.mark.parametrize(
    ("body", "orders"),
    [
        ({}, (0,)),
        ({"derivatives": ["x"]}, ()),
        ({"orders": [1, 0, 1]}, (1, 0)),
        ({"orders": [0], "derivatives": ["x"]}, (0,)),
    ],
)
def test_the_value_is_answered_unless_something_else_is_asked_for(body: Any, orders: tuple[int, ...]) -> None:
    assert from_json(METADATA, orjson.dumps({"x": [[0, 0]], **body}), {}, MOST).orders == orders


def test_columns_go_by_name_and_blanks_in_names_are_left_out() -> None:
    assert points(METADATA, {"y": [1, 2], "x": [3.5, 4]}, MOST).tolist() == [[3.5, 1], [4, 2]]
    spec = from_json(METADATA, b'{"x": [[0, 0]], "derivatives": ["x, y"]}', {}, MOST)
    assert spec.partials == {"x, y": (0, 1)}


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ([[0, 0]] * 6, TooManyPoints, "6 points of 2 variables have more than 10 numbers"),
        ([[0, 0], [0, float("nan")]], BadArray, "every point must be a finite number"),
        ([[[0, 0]]], BadArray, "not numbers in 3 dimensions"),
        ("text", BadArray, "expected rows of 2 numbers"),
        ({}, BadArray, "the variable 'x' is missing"),
        ({"x": [1], "y": [1], "w" * 100: [1]}, BadArray, "there is no variable 'www.*[.]{3}, only x, y$"),
    ],
)
def test_what_are_no_points(given: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        points(METADATA, given, MOST)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (npy(np.zeros(2)), BadArray, r"expected an array \(n, 2\) of real numbers"),
        (npy(np.zeros((1, 3))), BadArray, r"expected an array \(n, 2\) of real numbers"),
        (npy(np.zeros((0, 2))), BadArray, "n at least 1"),
        (npy(np.zeros(())), BadArray, r"expected an array \(n, 2\)"),
        (npy(np.zeros((6, 2))), TooManyPoints, "12 points are more than 10"),
        (npy(np.full((1, 2), np.inf)), BadArray, "finite"),
        (npy(np.zeros((2, 2)))[:-8], BadArray, "promises 32 bytes, 24 follow"),
    ],
)
def test_what_is_no_array_of_points(content: bytes, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        from_npy(METADATA, content, {}, MOST)


def test_a_derivative_of_too_high_an_order() -> None:
    with pytest.raises(OrderTooHigh, match="derivatives: 'x,y,x' is of order 3, the highest is 2"):
        from_json(METADATA, b'{"x": [[0, 0]], "derivatives": ["x,y,x"]}', {}, MOST)
