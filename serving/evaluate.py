"""Evaluates a function where a client asks, and says where the answer can not be trusted."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebval
from numpy.typing import NDArray

from serving.digits import interval
from serving.errors import OrderTooHigh
from serving.models import Array, Function

_PIECEWISE_LINEAR = {"relu"}
# Of the finite differences as the study writes them.
DIFFERENCE_ORDERS = (1, 2)

# For so many numbers NumPy takes longer to begin than Python to end.
_FEW = 16

ByOrder = dict[int, Array]


class Question(NamedTuple):
    """Points x (n,), orders of derivatives, the step of finite differences if any, and whether to answer the truth."""

    x: Array
    orders: tuple[int, ...]
    step: float | None = None
    truth: bool = False


class Answer(NamedTuple):
    """Arrays (n,), by order; warnings say what not to trust."""

    function: Function
    x: Array
    derivatives: ByOrder
    deviations: ByOrder
    differences: ByOrder
    truth: ByOrder
    inside: NDArray[np.bool_]
    warnings: list[str]


def evaluate(function: Function, question: Question) -> Answer:
    """The derivatives of the requested orders at the requested points.

    Raises:
        OrderTooHigh: the model, or the finite differences, do not have a derivative of that order.
    """
    orders = list(dict.fromkeys(question.orders))
    _check(function, orders, question.step)
    x, (low, high) = question.x, function.metadata.domain
    inside = _inside(x, low, high)
    results, deviations = function.with_deviations(x, orders)
    return Answer(
        function=function,
        x=x,
        derivatives=dict(zip(orders, results, strict=True)),
        deviations=deviations,
        differences=_differences(function, x, orders, question.step) if question.step else {},
        truth=_truth(function, x, orders) if question.truth else {},
        inside=inside,
        warnings=_warnings(function, question, inside, results),
    )


def _inside(x: Array, low: float, high: float) -> NDArray[np.bool_]:
    if len(x) <= _FEW:
        return np.array([low <= value <= high for value in x.tolist()])
    return (low <= x) & (x <= high)


def _is_finite(results: Array) -> bool:
    if results.size <= _FEW:
        return all(map(isfinite, results.ravel().tolist()))
    return bool(np.isfinite(results).all())


def _check(function: Function, orders: list[int], step: float | None) -> None:
    highest, version = max(orders), function.version
    if highest > function.max_order:
        raise OrderTooHigh(
            f"order {highest} is above {function.max_order}, the highest of {version.name} version {version.version}"
        )
    if step and highest > max(DIFFERENCE_ORDERS):
        raise OrderTooHigh(f"order {highest} is above {max(DIFFERENCE_ORDERS)}, the highest of the finite differences")


def _differences(function: Function, x: Array, orders: list[int], h: float) -> ByOrder:
    """f'(x) = (f(x + h) - f(x)) / h and f''(x) = (f(x + h) + f(x - h) - 2 f(x)) / h²."""
    (values,) = function(np.concatenate([x, x + h, x - h]), [0])
    here, right, left = values.reshape(3, -1)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        both = {1: (right - here) / h, 2: (right + left - 2 * here) / h**2}
    return {order: both[order] for order in orders if order in both}


def _truth(function: Function, x: Array, orders: list[int]) -> ByOrder:
    """The fitted function from its Chebyshev series on the domain; not a number outside, where they say nothing."""
    low, high = function.metadata.domain
    scaled = (2 * x - low - high) / (high - low)
    scaled = np.where(np.abs(scaled) <= 1, scaled, np.nan)
    series = function.metadata.truth
    return {order: np.asarray(chebval(scaled, series[order])) for order in orders if order in series}


def _warnings(function: Function, question: Question, inside: NDArray[np.bool_], results: Array) -> list[str]:
    warnings = []
    low, high = function.metadata.domain
    if outside := len(inside) - int(np.count_nonzero(inside)):
        warnings.append(
            f"extrapolation: {outside} of {len(inside)} points lie outside the domain {interval(low, high)}"
        )
    if question.step and (reach := _reaching_outside(question, low, high)) > outside:
        warnings.append(f"extrapolation: {reach} of {len(inside)} finite differences reach outside the domain")
    if function.metadata.activation in _PIECEWISE_LINEAR and max(question.orders) >= 2:
        warnings.append("piecewise linear: derivatives of order 2 and above are zero almost everywhere")
    if not _is_finite(results):
        warnings.append("overflow: some values are beyond the range of float64 and are given as null")
    if question.truth and (unknown := _without_truth(function, question.orders)):
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


def _reaching_outside(question: Question, low: float, high: float) -> int:
    step = question.step or 0.0
    return int(np.count_nonzero((question.x - step < low) | (question.x + step > high)))
