"""Parses requests for evaluations: from a query, from JSON, or from an array in NumPy's format."""

import io
from collections.abc import Mapping
from math import prod
from typing import TypeVar
from urllib.parse import parse_qsl

import numpy as np
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from serving.api import short_bodies
from serving.api.schemas import Choice, Evaluate, EvaluationOptions
from serving.api.validation import known_fields, validated
from serving.arrays import Array
from serving.errors import BadArray, TooManyPoints
from serving.models.evaluation import EvaluationSpec, is_finite

# What the query has once for each value, and its name in JSON.
_LISTS = {"x": "x", "order": "orders", "derivative": "derivatives"}
# What a body has beside its points.
_OTHERS = 1_000
_CHOICE = frozenset(Choice.model_fields)
_OF_LISTS = {name: written for written, name in _LISTS.items()}

Checked = TypeVar("Checked", bound=BaseModel)
Fields = dict[str, str | list[str]]


def split_query(query: bytes) -> tuple[Choice, Fields]:
    """Which version a query chooses, and its other fields under their names in JSON.

    Raises:
        RequestValidationError: the version or the alias is not one.
    """
    if not query:
        return _ANY, {}
    choice: dict[str, str] = {}
    fields: Fields = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in _LISTS:
            fields.setdefault(_LISTS[name], []).append(value)  # type: ignore[union-attr]
        elif name in choice or name in fields:
            raise _invalid("query", name, "given more than once")
        elif name in _CHOICE:
            choice[name] = value
        elif name == "linspace":
            fields[name] = value.split(",")
        elif name in _OF_LISTS:
            message = f"Extra inputs are not permitted: in a query it is {_OF_LISTS[name]}, once for each"
            raise _invalid("query", name, message)
        else:
            fields[name] = value
    return (from_strings(Choice, choice) if choice else _ANY), fields


def from_query(fields: Fields, max_points: int) -> EvaluationSpec:
    """The spec in a query.

    Raises:
        RequestValidationError: it is not one.
        TooManyPoints: it has more points than that.
    """
    return _spec(from_strings(Evaluate, fields), max_points)


def from_json(body: bytes, fields: Fields, max_points: int) -> EvaluationSpec:
    """The spec in a body; the query has nothing more to say. Raises as from_query does."""
    short = None if fields else short_bodies.read(body)
    if short and short_bodies.are_numbers(short.x):
        _limit(len(short.x), max_points)
        return EvaluationSpec(np.array(short.x), short.orders)
    return _spec(from_body(Evaluate, body, fields, max_points), max_points)


def from_body(kind: type[Checked], body: bytes, fields: Fields, max_points: int) -> Checked:
    """Read a body as the model, unless its commas show more numbers than so many points need.

    Raises:
        RequestValidationError: it is not one, or the query has fields that belong in the body.
        TooManyPoints: it has more numbers than that.
    """
    if fields:
        name = next(iter(fields))
        written = _OF_LISTS.get(name, name)
        raise _invalid("query", written, f"Extra inputs are not permitted: they belong in the body, as {name!r}")
    if body.count(b",") > 2 * max_points + _OTHERS:
        raise TooManyPoints(f"the body has more numbers than {max_points} points need")
    try:
        return validated(kind, body)
    except ValidationError as error:
        raise located(error, "body", list(kind.model_fields)) from None


def from_npy(body: bytes, fields: Fields, max_points: int) -> EvaluationSpec:
    """The spec for an array of points; the query says which orders. Raises as from_query does, and BadArray."""
    manner = from_strings(EvaluationOptions, fields)
    return _asked(finite_points(read_npy(body, max_points)), manner)


def read_npy(body: bytes, max_points: int, dimension: int | None = None) -> Array:
    """The points of an array of real numbers in NumPy's format, without unpickling or trusting its header.

    Args:
        body: what was sent.
        max_points: the most numbers that it may have.
        dimension: that of the points, if they have several numbers: (n, dimension); else (n,).

    Raises:
        BadArray: it is not that.
        TooManyPoints: there are more points than that.
    """
    stream = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, is_by_column, dtype = read(stream)
    except Exception:
        raise BadArray("the body is not an array in NumPy's format, version 1 or 2") from None
    rest = () if dimension is None else (dimension,)
    if dtype.kind not in "fiu" or not shape or shape[1:] != rest or shape[0] < 1:
        expected = "(n,)" if dimension is None else f"(n, {dimension})"
        raise BadArray(f"expected an array {expected} of real numbers, n at least 1, not {shape} of {dtype}")
    _limit(prod(shape), max_points)
    content, size = memoryview(body)[stream.tell() :], prod(shape) * dtype.itemsize
    if len(content) != size:
        raise BadArray(f"the header promises {size} bytes, {len(content)} follow")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if is_by_column else "C").astype(np.float64, "C")


def located(error: ValidationError, where: str, names: list[str]) -> RequestValidationError:
    """A validation error as FastAPI raises it: the part of the request that it is about, and which names that takes."""
    entries = []
    for entry in error.errors():
        if entry["type"] == "extra_forbidden":
            entry |= {"msg": f"{entry['msg']}; known are {', '.join(names)}", "input": None}
        entries.append(entry | {"loc": (where, *entry["loc"])})
    return RequestValidationError(entries)


def from_strings(kind: type[Checked], fields: Mapping[str, object]) -> Checked:
    """Read the fields of a query as the model. Raises RequestValidationError where they are not one."""
    try:
        return kind.model_validate(known_fields(kind, fields))
    except ValidationError as error:
        known = [_OF_LISTS.get(name, name) for name in (*kind.model_fields, *Choice.model_fields)]
        found = located(error, "query", list(dict.fromkeys(known))).errors()
        raise RequestValidationError(
            [entry | {"loc": tuple(map(_as_asked, entry["loc"]))} for entry in found]
        ) from None


def _as_asked(part: str | int) -> str | int:
    """A field under the name that it has in a query."""
    return _OF_LISTS.get(part, part) if isinstance(part, str) else part


def _invalid(where: str, name: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": (where, name), "msg": message, "type": "extra_forbidden"}])


def _spec(asked: Evaluate, max_points: int) -> EvaluationSpec:
    if asked.linspace is None:
        assert asked.x is not None, "one of both, as Evaluate checks"
        _limit(len(asked.x), max_points)
        return _asked(np.array(asked.x), asked)
    low, high, n = asked.linspace
    _limit(n, max_points)
    with np.errstate(over="ignore", invalid="ignore"):
        return _asked(finite_points(np.linspace(low, high, n)), asked)


def finite_points(x: Array) -> Array:
    """The same points. Raises BadArray unless all are finite."""
    if not is_finite(x):
        raise BadArray("every point must be a finite number")
    return x


def _asked(x: Array, manner: EvaluationOptions) -> EvaluationSpec:
    step = manner.step if manner.method == "finite-difference" else None
    return EvaluationSpec(x, manner.orders, step, manner.truth)


def _limit(points: int, max_points: int) -> None:
    if points > max_points:
        raise TooManyPoints(f"{points} points are more than {max_points}")


_ANY = Choice()
