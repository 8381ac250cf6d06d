"""Evaluates a function of several variables where a client asks, and says where the result cannot be trusted."""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.arrays import Array
from serving.errors import OrderTooHigh
from serving.models.evaluation import PIECEWISE_LINEAR
from serving.models.fields import DEVIATIONS, OUTPUTS, FieldFunction
from serving.models.intervals import interval

# The variables of a partial derivative, by their positions.
Partial = tuple[int, ...]
ByName = dict[str, Array]

_TOO_LARGE = "overflow: some values are beyond the range of float64 and are given as null"


class FieldSpec(NamedTuple):
    """Points x (n, d), orders of derivatives, and partial derivatives by their names."""

    x: Array
    orders: tuple[int, ...]
    partials: dict[str, Partial] = {}  # noqa: RUF012


class FieldValues(NamedTuple):
    """What a function is at points: by output (n, m, …), and partial derivatives (n, m) by their names."""

    outputs: ByName
    partials: ByName
    partial_deviations: ByName


class FieldResult(NamedTuple):
    """Values at x (n, d), and which coordinates are inside the domain (n, d); warnings say what not to trust."""

    function: FieldFunction
    x: Array
    values: FieldValues
    inside: NDArray[np.bool_]
    warnings: list[str]


def check(function: FieldFunction, spec: FieldSpec) -> None:
    """Raises OrderTooHigh where the model does not have a derivative of an order."""
    highest, version = highest_order(spec), function.version
    if highest > function.max_order:
        raise OrderTooHigh(
            f"order {highest} is above {function.max_order}, the highest of {version.name} version {version.version}"
        )


def highest_order(spec: FieldSpec) -> int:
    """The highest order of all that is asked for."""
    return max((*spec.orders, *map(len, spec.partials.values())), default=0)


def names_of(function: FieldFunction, spec: FieldSpec) -> list[str]:
    """The graph's outputs that answer a spec, in the graph's order."""
    orders = {*spec.orders, *map(len, spec.partials.values())}
    wanted = {OUTPUTS[order] for order in orders}
    if function.metadata.bands:
        wanted |= {DEVIATIONS[order] for order in orders if order < len(DEVIATIONS)}
    return [name for name in function.metadata.shapes if name in wanted]


def numbers_of(function: FieldFunction, spec: FieldSpec) -> int:
    """How many numbers the answer to a point has."""
    shapes = function.metadata.shapes
    partials = len(spec.partials) * len(function.metadata.outputs) * (2 if function.metadata.bands else 1)
    return function.metadata.dimension + partials + sum(prod(shapes[name]) for name in names_of(function, spec))


def values_of(function: FieldFunction, spec: FieldSpec, x: Array) -> FieldValues:
    """Evaluate what the spec asks for at the points x (n, d), which may be a part of its own."""
    found = function(x, names_of(function, spec))
    partials = {name: _part(found[OUTPUTS[len(of)]], of) for name, of in spec.partials.items()}
    deviations = {
        name: _part(found[DEVIATIONS[len(of)]], of)
        for name, of in spec.partials.items()
        if function.metadata.bands and len(of) < len(DEVIATIONS)
    }
    asked = {OUTPUTS[order] for order in spec.orders} | {DEVIATIONS[order] for order in spec.orders if order < 2}
    return FieldValues({name: values for name, values in found.items() if name in asked}, partials, deviations)


def _part(derivatives: Array, of: Partial) -> Array:
    """One of all derivatives (n, m, …) of an order, (n, m)."""
    index: tuple[Any, ...] = (slice(None), slice(None), *of)
    part: Array = derivatives[index]
    return part


def joined(parts: Sequence[FieldValues]) -> FieldValues:
    """The values at the points of all parts, one after the other."""
    return FieldValues(*(_joined(list(of_parts)) for of_parts in zip(*parts, strict=True)))


def _joined(parts: list[ByName]) -> ByName:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def answered(function: FieldFunction, spec: FieldSpec, values: FieldValues) -> FieldResult:
    """The result of a spec, from the values at all of its points."""
    low, high = np.array(function.metadata.domain).T
    inside = (low <= spec.x) & (spec.x <= high)
    return FieldResult(function, spec.x, values, inside, _warnings(function, spec, inside, values))


def evaluate(function: FieldFunction, spec: FieldSpec) -> FieldResult:
    """The derivatives that are asked for at the points.

    Raises:
        OrderTooHigh: the model does not have one of them.
    """
    check(function, spec)
    return answered(function, spec, values_of(function, spec, spec.x))


def _warnings(function: FieldFunction, spec: FieldSpec, inside: NDArray[np.bool_], values: FieldValues) -> list[str]:
    metadata, warnings = function.metadata, []
    if not inside.all():
        outside, count = np.count_nonzero(~inside, axis=0), np.count_nonzero(~inside.all(axis=1))
        ranges = [
            f"{name} outside {interval(low, high)} at {n}"
            for name, (low, high), n in zip(metadata.variables, metadata.domain, outside.tolist(), strict=True)
            if n
        ]
        warnings.append(f"extrapolation: {count} of {len(inside)} points lie outside the domain: {', '.join(ranges)}")
    if metadata.activation in PIECEWISE_LINEAR and highest_order(spec) >= 2:
        warnings.append("piecewise linear: derivatives of order 2 are zero almost everywhere")
    if not all(np.isfinite(of_name).all() for by_name in values for of_name in by_name.values()):
        warnings.append(_TOO_LARGE)
    return warnings + metadata.warnings
