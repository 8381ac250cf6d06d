"""What requests ask, without HTTP."""

from typing import Any

import numpy as np
import pytest
from fastapi.exceptions import RequestValidationError

from serving.api.request_parsing import from_json, from_npy, from_query, split_query
from serving.errors import BadArray, TooManyPoints
from tests.support.arrays import npy

MOST = 10


def test_a_query_is_the_same_as_a_body() -> None:
    choice, fields = split_query(b"x=1&x=-2.5&order=1&order=0&method=finite-difference&step=0.5&truth=true&version=3")
    assert (choice.version, choice.alias) == (3, None)
    asked = from_query(fields, MOST)
    said = from_json(
        b'{"x": [1, -2.5], "orders": [1, 0.0], "method": "finite-difference", "step": 0.5, "truth": true}', {}, MOST
    )
    for spec in (asked, said):
        assert spec.x.tolist() == [1.0, -2.5]
        assert spec[1:] == ((1, 0), 0.5, True)


def test_the_step_is_that_of_finite_differences_only() -> None:
    assert from_query(split_query(b"x=1&step=0.5")[1], MOST).step is None


def test_linspace_and_arrays() -> None:
    assert from_query(split_query(b"linspace=0,1,5")[1], MOST).x.tolist() == [0, 0.25, 0.5, 0.75, 1]
    spec = from_npy(npy(np.array([1, 2], ">i4")), {"orders": ["2"]}, MOST)
    assert spec.x.dtype == np.float64
    assert (spec.x.tolist(), spec.orders) == ([1.0, 2.0], (2,))


@pytest.mark.parametrize(
    "read",
    [
        lambda: from_json(b'{"x": [' + b"1," * 10 + b"1]}", {}, MOST),
        lambda: from_json(b'{"x": [' + b"1," * 2_000 + b"1]}", {}, MOST),
        lambda: from_query({"linspace": ["0", "1", "11"]}, MOST),
        lambda: from_npy(npy(np.zeros(11)), {}, MOST),
    ],
)
def test_more_points_than_a_request_may_have(read: Any) -> None:
    with pytest.raises(TooManyPoints, match=r"11 points are more than 10|more numbers than 10 points need"):
        read()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY\x01\x00",
        npy([1.0])[:-1],
        npy([1.0]) + b"0",
        npy([[1.0]]),
        npy([1j]),
        npy([np.nan]),
        npy([]),
        npy(np.array([1.0], object), allow_pickle=True),
    ],
)
def test_what_is_no_array_of_points(content: bytes) -> None:
    with pytest.raises(BadArray):
        from_npy(content, {}, MOST)


@pytest.mark.parametrize(
    ("query", "name"), [(b"x=1&step=1&step=2", "step"), (b"x=1&orders=1", "orders"), (b"x=a", "x"), (b"y=1", "y")]
)
def test_a_mistake_is_located_by_the_name_in_the_query(query: bytes, name: str) -> None:
    with pytest.raises(RequestValidationError) as raised:
        from_query(split_query(query)[1], MOST)
    assert raised.value.errors()[0]["loc"][:2] == ("query", name)
