"""Parses requests for evaluations of functions of several variables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from serving.api import short_bodies
from serving.api.field_schemas import EvaluateField, FieldOptions
from serving.api.nested_arrays import NotNumbers, Ragged, TooBig, array
from serving.api.request_parsing import Fields, finite_points, from_body, from_strings, read_npy
from serving.arrays import Array
from serving.errors import BadArray, OrderTooHigh, TooManyPoints
from serving.http.error_reports import shown
from serving.models.field_evaluation import FieldSpec, Partial
from serving.models.fields import OUTPUTS, Metadata


def from_query(metadata: Metadata, fields: Fields, max_points: int) -> FieldSpec:
    """The spec in a query, in which each x has the numbers of a point, separated by commas.

    Raises:
        RequestValidationError, BadArray, OrderTooHigh: it is not one.
        TooManyPoints: it has more numbers than that.
    """
    asked = from_strings(EvaluateField, fields)
    rows = [[_number(text) for text in row.split(",")] for row in asked.x] if isinstance(asked.x, list) else asked.x
    return _spec(metadata, asked, points(metadata, rows, max_points))


def from_json(metadata: Metadata, body: bytes, fields: Fields, max_points: int) -> FieldSpec:
    """The spec in a body; the query has nothing more to say. Raises as from_query does."""
    short = None if fields else short_bodies.read(body)
    if short and _are_rows(short.x, metadata.dimension):
        _limit(len(short.x), metadata.dimension, max_points)
        return FieldSpec(np.array(short.x), _distinct(short.orders))
    asked = from_body(EvaluateField, body, fields, max_points)
    return _spec(metadata, asked, points(metadata, asked.x, max_points))


def from_npy(metadata: Metadata, body: bytes, fields: Fields, max_points: int) -> FieldSpec:
    """The spec for an array of points (n, d); the query says which derivatives. Raises as from_query does."""
    asked = from_strings(FieldOptions, fields)
    return _spec(metadata, asked, finite_points(read_npy(body, max_points, metadata.dimension)))


def points(metadata: Metadata, given: Any, max_points: int) -> Array:
    """Points (n, d) from rows by position, or from columns by name.

    Raises:
        BadArray: they are not that.
        TooManyPoints: they have more numbers than that.
    """
    x = _from_columns(metadata, given) if isinstance(given, dict) else _from_rows(metadata, given)
    _limit(len(x), metadata.dimension, max_points)
    return finite_points(x)


def _limit(points: int, dimension: int, most: int) -> None:
    if points * dimension > most:
        raise TooManyPoints(f"{points} points of {dimension} variables have more than {most} numbers")


def _from_rows(metadata: Metadata, given: Any) -> Array:
    d = metadata.dimension
    found = _numbers(given, "x") if isinstance(given, list) and given else None
    if found is not None and found.ndim == 2 and found.shape[1] == d:
        return found
    raise BadArray(
        f"x: expected rows of {d} numbers ({', '.join(metadata.variables)}), as in [{[0.5] * d}], or columns by name, "
        f"{_got(found)}"
    )


def _are_rows(given: list[Any], d: int) -> bool:
    """Whether these are rows of d numbers with a fraction, as a few points mostly are; found in a moment."""
    return all(type(row) is list and len(row) == d and short_bodies.are_numbers(row) for row in given)


def _got(found: Array | None) -> str:
    if found is None:
        return "at least one"
    return f"not rows of {found.shape[1]}" if found.ndim == 2 else f"not numbers in {found.ndim} dimensions"


def _from_columns(metadata: Metadata, given: Mapping[str, Any]) -> Array:
    names = metadata.variables
    if unknown := [name for name in given if name not in names]:
        raise BadArray(f"x: there is no variable {shown(unknown[0])}, only {', '.join(names)}")
    if missing := [name for name in names if name not in given]:
        raise BadArray(f"x: the variable {missing[0]!r} is missing; there are {', '.join(names)}")
    columns = [_column(name, given[name]) for name in names]
    if len(lengths := {len(column) for column in columns}) > 1:
        raise BadArray(f"x: columns of different lengths, {min(lengths)} and {max(lengths)} numbers")
    return np.column_stack(columns)


def _column(name: str, given: Any) -> Array:
    found = _numbers(given, f"x.{name}") if isinstance(given, list) and given else None
    if found is None or found.ndim != 1:
        raise BadArray(f"x.{name}: expected a list of numbers, at least one")
    return found


def _numbers(given: list[Any], where: str) -> Array:
    try:
        return array(given).astype(np.float64)
    except Ragged:
        raise BadArray(f"{where}: rows of different lengths") from None
    except NotNumbers as error:
        raise BadArray(f"{where}: {shown(error.value)} is no number") from None
    except TooBig:
        raise BadArray(f"{where}: there are whole numbers beyond 64 bits") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadArray(f"x: {shown(text)} is no number; a point is x=0.5,0.2, a number for each variable") from None


def _spec(metadata: Metadata, asked: FieldOptions, x: Array) -> FieldSpec:
    default = () if asked.derivatives else (0,)
    orders = default if asked.orders is None else asked.orders
    return FieldSpec(x, _distinct(orders), {name: _partial(metadata.variables, name) for name in asked.derivatives})


def _distinct(orders: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(orders))


def _partial(variables: Sequence[str], name: str) -> Partial:
    """The positions of the variables that a partial derivative is by."""
    parts = [part.strip() for part in name.split(",")]
    if unknown := [part for part in parts if part not in variables]:
        raise BadArray(
            f"derivatives: there is no variable {shown(unknown[0])}, only {', '.join(variables)}; "
            "'x,y' is the second derivative by x and y"
        )
    if len(parts) >= len(OUTPUTS):
        raise OrderTooHigh(f"derivatives: {shown(name)} is of order {len(parts)}, the highest is {len(OUTPUTS) - 1}")
    return tuple(variables.index(part) for part in parts)
