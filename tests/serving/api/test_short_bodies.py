"""The quick reading of a short body and the whole check of it find the same."""

import json
from typing import Any

import numpy as np
import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st

from serving.api import field_parsing, request_parsing, short_bodies
from serving.errors import ServingError
from tests.support.served_field import served_field

METADATA = served_field().metadata
MOST = 10

_NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.booleans(), st.text(max_size=2), st.none()
)
_POINTS = st.lists(st.one_of(_NUMBERS, st.lists(_NUMBERS, max_size=3)), max_size=12)
_OTHERS = st.one_of(
    st.just(...), st.lists(st.one_of(st.integers(-1, 20), st.booleans(), st.none(), st.floats()), max_size=3)
)


@given(x=_POINTS, orders=_OTHERS)
def test_whatever_a_body_says_is_read_as_by_the_whole_check(x: Any, orders: Any) -> None:
    body = json.dumps({"x": x} if orders is ... else {"x": x, "orders": orders}).encode()
    for read in (request_parsing.from_json, lambda *given: field_parsing.from_json(METADATA, *given)):
        quick = _found(read, body)
        # Blanks say nothing, and make a body too long for the quick reading.
        longer = body + b" " * 65_536
        assert short_bodies.read(longer) is None
        assert quick == _found(read, longer)


def _found(read: Any, body: bytes) -> Any:
    try:
        x, *rest = read(body, {}, MOST)
    except (RequestValidationError, ServingError) as error:
        return str(error)
    return [x.tolist(), x.dtype, x.shape, *rest]


def test_points_and_orders_are_read_at_once() -> None:
    assert short_bodies.read(b'{"x": [0.5], "orders": [0, 2]}') == ([0.5], (0, 2))
    assert short_bodies.read(b'{"x": [[0.5, 1.0]]}') == ([[0.5, 1.0]], (0,))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[0.5]",
        b'{"x": [1e999]}',
        b'{"x": [NaN]}',
        b'{"x": 0.5}',
        b'{"x": []}',
        b'{"linspace": [0, 1, 2]}',
        b'{"x": [0.5], "orders": []}',
        b'{"x": [0.5], "orders": 1}',
        b'{"x": [0.5], "orders": [-1]}',
        b'{"x": [0.5], "orders": [true]}',
        b'{"x": [0.5], "truth": true}',
        orjson.dumps({"x": np.full(10_000, 0.1234).tolist()}),
    ],
)
def test_everything_else_gets_the_whole_check(body: bytes) -> None:
    assert short_bodies.read(body) is None


def test_what_may_be_points_is_floats_only() -> None:
    assert short_bodies.are_numbers([0.5, -1e300])
    assert not short_bodies.are_numbers([0.5, 1])
    assert not short_bodies.are_numbers([True])
