"""Evaluates a function where a client asks, and says where the result cannot be trusted."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebval
from numpy.typing import NDArray

from serving.arrays import Array
from serving.errors import OrderTooHigh
from serving.models.functions import Function
from serving.models.intervals import interval

PIECEWISE_LINEAR = {"relu"}
# The orders of the study's finite differences.
DIFFERENCE_ORDERS = (1, 2)

# Up to so many numbers Python ends before NumPy has begun.
FEW = 16

ByOrder = dict[int, Array]


class EvaluationSpec(NamedTuple):
    """Points x (n,), orders of derivatives, the step of finite differences if any, and whether to answer the truth."""

    x: Array
    orders: tuple[int, ...]
    step: float | None = None
    truth: bool = False


class Values(NamedTuple):
    """The values of a function at points x (n,): arrays (n,), by order."""

    derivatives: ByOrder
    posterior_std: ByOrder
    differences: ByOrder
    truth: ByOrder


class EvaluationResult(NamedTuple):
    """Values at x (n,), and which x are inside the domain; warnings say what not to trust."""

    function: Function
    x: Array
    values: Values
    inside: NDArray[np.bool_]
    warnings: list[str]


def evaluate(function: Function, spec: EvaluationSpec) -> EvaluationResult:
    """The derivatives of the requested orders at the requested points.

    Raises:
        OrderTooHigh: the model, or the finite differences, do not have a derivative of that order.
    """
    check(function, spec)
    return answered(function, spec, values_of(function, spec, spec.x))


def check(function: Function, spec: EvaluationSpec) -> None:
    """Raises OrderTooHigh where the model, or the finite differences, do not have a derivative of an order."""
    highest, version = max(spec.orders), function.version
    if highest > function.max_order:
        raise OrderTooHigh(
            f"order {highest} is above {function.max_order}, the highest of {version.name} version {version.version}"
        )
    if spec.step and highest > max(DIFFERENCE_ORDERS):
        raise OrderTooHigh(f"order {highest} is above {max(DIFFERENCE_ORDERS)}, the highest of the finite differences")


def values_of(function: Function, spec: EvaluationSpec, x: Array) -> Values:
    """Evaluate what the spec asks for at the points x (n,), which may be a part of its own."""
    orders = list(dict.fromkeys(spec.orders))
    results, posterior_std = function.with_posterior_std(x, orders)
    return Values(
        derivatives=dict(zip(orders, results, strict=True)),
        posterior_std=posterior_std,
        differences=_differences(function, x, orders, spec.step) if spec.step else {},
        truth=_truth(function, x, orders) if spec.truth else {},
    )


def answered(function: Function, spec: EvaluationSpec, values: Values) -> EvaluationResult:
    """The result of a spec, from the values at all of its points."""
    inside = _inside(spec.x, *function.metadata.domain)
    return EvaluationResult(function, spec.x, values, inside, _warnings(function, spec, inside, values.derivatives))


def _inside(x: Array, low: float, high: float) -> NDArray[np.bool_]:
    if len(x) <= FEW:
        return np.array([low <= value <= high for value in x.tolist()])
    return (low <= x) & (x <= high)


def is_finite(values: Array) -> bool:
    """Whether all numbers of an array are finite."""
    if values.size <= FEW:
        return all(map(isfinite, values.ravel().tolist()))
    return bool(np.isfinite(values).all())


def _differences(function: Function, x: Array, orders: list[int], h: float) -> ByOrder:
    """f'(x) = (f(x + h) - f(x)) / h and f''(x) = (f(x + h) + f(x - h) - 2 f(x)) / h²."""
    (values,) = function(np.concatenate([x, x + h, x - h]), [0])
    here, right, left = values.reshape(3, -1)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        both = {1: (right - here) / h, 2: (right + left - 2 * here) / np.square(h)}
    return {order: both[order] for order in orders if order in both}


def _truth(function: Function, x: Array, orders: list[int]) -> ByOrder:
    """The fitted function from its Chebyshev series on the domain; not a number outside, where they say nothing."""
    low, high = function.metadata.domain
    scaled = (2 * x - low - high) / (high - low)
    scaled = np.where(np.abs(scaled) <= 1, scaled, np.nan)
    series = function.metadata.truth
    return {order: np.asarray(chebval(scaled, series[order])) for order in orders if order in series}


def _warnings(function: Function, spec: EvaluationSpec, inside: NDArray[np.bool_], results: ByOrder) -> list[str]:
    warnings = []
    low, high = function.metadata.domain
    if outside := len(inside) - int(np.count_nonzero(inside)):
        warnings.append(
            f"extrapolation: {outside} of {len(inside)} points lie outside the domain {interval(low, high)}"
        )
    if spec.step and (reach := _reaching_outside(spec, low, high)) > outside:
        warnings.append(f"extrapolation: {reach} of {len(inside)} finite differences reach outside the domain")
    if function.metadata.activation in PIECEWISE_LINEAR and max(spec.orders) >= 2:
        warnings.append("piecewise linear: derivatives of order 2 and above are zero almost everywhere")
    if not all(map(is_finite, results.values())):
        warnings.append("overflow: some values are beyond the range of float64 and are given as null")
    if spec.truth and (unknown := _without_truth(function, spec.orders)):
        warnings.append(f"truth: {unknown}")
    return warnings + function.metadata.warnings


def _without_truth(function: Function, orders: Sequence[int]) -> str:
    """Why the truth is not answered, or not of all orders; empty where it is."""
    stored = function.metadata.truth
    missing = sorted(set(orders) - set(stored))
    if not missing:
        return ""
    if not stored:
        return "not stored with this model, as where data were fitted whose function is not known"
    return f"not stored for {_listed(missing)}, only for {_listed(sorted(stored))}"


def _listed(orders: list[int]) -> str:
    return f"order{'s' if len(orders) > 1 else ''} {', '.join(map(str, orders))}"


def _reaching_outside(spec: EvaluationSpec, low: float, high: float) -> int:
    step = spec.step or 0.0
    return int(np.count_nonzero((spec.x - step < low) | (spec.x + step > high)))
