"""Evaluates a function of several variables where a client asks, and says where the result cannot be trusted."""

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.arrays import Array
from serving.errors import OrderTooHigh
from serving.models.evaluation import FEW, PIECEWISE_LINEAR, is_finite
from serving.models.fields import OUTPUTS, POSTERIOR_STD, FieldFunction, Metadata
from serving.models.intervals import interval

# The variables of a partial derivative, by their positions.
Partial = tuple[int, ...]
ByName = dict[str, Array]

# Plans of a function that are kept.
_KEPT = 64
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
    partial_posterior_std: ByName


class FieldResult(NamedTuple):
    """Values at x (n, d), and which coordinates are inside the domain (n, d); warnings say what not to trust."""

    function: FieldFunction
    x: Array
    values: FieldValues
    inside: NDArray[np.bool_]
    is_inside: bool
    warnings: list[str]


class Plan(NamedTuple):
    """What answers a spec, whatever its points: outputs of the graph, and which of these are asked for themselves.

    Attributes:
        names: in the graph's order.
        asked: those that are answered whole; partial derivatives may be parts of others.
        highest: order of all.
        numbers: of the answer to a point, the point included.
        work: about how many products a point takes.
    """

    names: list[str]
    asked: frozenset[str]
    highest: int
    numbers: int
    work: int


def plan_of(function: FieldFunction, spec: FieldSpec) -> Plan:
    """The plan of a spec; kept, since most questions are asked again."""
    key, plans = (spec.orders, tuple(spec.partials.items())), function.plans
    if (found := plans.get(key)) is None:
        if len(plans) >= _KEPT:
            plans.clear()
        found = plans[key] = _plan(function, spec)
    return found


def _plan(function: FieldFunction, spec: FieldSpec) -> Plan:
    metadata, of_partials = function.metadata, [len(partial) for partial in spec.partials.values()]
    highest, version = max((*spec.orders, *of_partials), default=0), function.version
    if highest > function.max_order:
        raise OrderTooHigh(
            f"order {highest} is above {function.max_order}, the highest of {version.name} version {version.version}"
        )
    asked = _outputs(metadata, spec.orders)
    names = [name for name in metadata.shapes if name in asked | _outputs(metadata, of_partials)]
    partials = len(of_partials) * len(metadata.outputs) * (2 if metadata.bands else 1)
    numbers = metadata.dimension + partials + sum(prod(metadata.shapes[name]) for name in names)
    return Plan(names, asked, highest, numbers, _work(function, highest))


def _work(function: FieldFunction, order: int) -> int:
    """A gradient takes as much again as the value for each output, a Hessian that for each variable."""
    d, m = function.metadata.dimension, len(function.metadata.outputs)
    return max(function.weights, 1) * (1 + m * (order > 0) + 2 * m * d * (order > 1))


def _outputs(metadata: Metadata, orders: Sequence[int]) -> frozenset[str]:
    """The derivatives of these orders, and their standard deviations where there are any."""
    found = {OUTPUTS[order] for order in orders}
    if metadata.bands:
        found |= {POSTERIOR_STD[order] for order in orders if order < len(POSTERIOR_STD)}
    return frozenset(found)


def values_of(function: FieldFunction, spec: FieldSpec, x: Array) -> FieldValues:
    """Evaluate what the spec asks for at the points x (n, d), which may be a part of its own."""
    plan = plan_of(function, spec)
    found = function(x, plan.names)
    if not spec.partials:
        return FieldValues(found, {}, {})
    partials = {name: _part(found[OUTPUTS[len(of)]], of) for name, of in spec.partials.items()}
    posterior_std = {
        name: _part(found[POSTERIOR_STD[len(of)]], of)
        for name, of in spec.partials.items()
        if function.metadata.bands and len(of) < len(POSTERIOR_STD)
    }
    return FieldValues({name: found[name] for name in plan.names if name in plan.asked}, partials, posterior_std)


def _part(derivatives: Array, of: Partial) -> Array:
    """One of all derivatives (n, m, …) of an order, (n, m)."""
    index: tuple[Any, ...] = (slice(None), slice(None), *of)
    part: Array = derivatives[index]
    return part


def answered(function: FieldFunction, spec: FieldSpec, values: FieldValues) -> FieldResult:
    """The result of a spec, from the values at all of its points."""
    inside, is_inside = _inside(spec.x, function.metadata)
    warnings = _warnings(function, spec, values)
    if not is_inside:
        warnings.insert(0, _extrapolation(function.metadata, inside))
    return FieldResult(function, spec.x, values, inside, is_inside, warnings)


def _inside(x: Array, metadata: Metadata) -> tuple[NDArray[np.bool_], bool]:
    """Which coordinates are inside the domain, and whether all are."""
    if x.size <= FEW and all(
        low <= value <= high for row in x.tolist() for value, (low, high) in zip(row, metadata.domain, strict=True)
    ):
        # Before NumPy has begun.
        return np.ones(x.shape, bool), True
    low, high = metadata.ends
    inside = (low <= x) & (x <= high)
    return inside, bool(inside.all())


def evaluate(function: FieldFunction, spec: FieldSpec) -> FieldResult:
    """The derivatives that are asked for at the points.

    Raises:
        OrderTooHigh: the model does not have one of them.
    """
    return answered(function, spec, values_of(function, spec, spec.x))


def _warnings(function: FieldFunction, spec: FieldSpec, values: FieldValues) -> list[str]:
    metadata, warnings = function.metadata, list[str]()
    if metadata.activation in PIECEWISE_LINEAR and plan_of(function, spec).highest >= 2:
        warnings.append("piecewise linear: derivatives of order 2 are zero almost everywhere")
    if not all(map(is_finite, chain.from_iterable(map(dict.values, values)))):
        warnings.append(_TOO_LARGE)
    return warnings + metadata.warnings


def _extrapolation(metadata: Metadata, inside: NDArray[np.bool_]) -> str:
    outside, count = np.count_nonzero(~inside, axis=0), np.count_nonzero(~inside.all(axis=1))
    ranges = [
        f"{name} outside {interval(low, high)} at {n}"
        for name, (low, high), n in zip(metadata.variables, metadata.domain, outside.tolist(), strict=True)
        if n
    ]
    return f"extrapolation: {count} of {len(inside)} points lie outside the domain: {', '.join(ranges)}"
