"""Evaluates a function where a client asks, and says where the answer can not be trusted."""

import numpy as np
from numpy.typing import NDArray

from serving.errors import OrderTooHigh
from serving.models import Array, Function
from serving.schemas import Evaluate, Evaluation, Served

_PIECEWISE_LINEAR = {"relu"}


def evaluate(function: Function, request: Evaluate) -> Evaluation:
    """The derivatives of the requested orders at the requested points.

    Raises:
        OrderTooHigh: the model does not have a derivative of that order.
    """
    orders = list(dict.fromkeys(request.orders))
    if max(orders) > function.max_order:
        raise OrderTooHigh(
            f"order {max(orders)} is above {function.max_order}, the highest of {function.version.name} "
            f"version {function.version.version}"
        )
    x = np.array(request.x)
    low, high = function.metadata.domain
    inside = (low <= x) & (x <= high)
    results, deviations = function(x, orders), function.deviations(x, orders)
    return Evaluation(
        model=Served.of(function),
        x=request.x,
        derivatives={order: _json(values) for order, values in zip(orders, results, strict=True)},
        standard_deviations={order: _json(values) for order, values in deviations.items()} or None,
        in_domain=inside.tolist(),
        warnings=_warnings(function, inside, orders, results),
    )


def _warnings(function: Function, inside: NDArray[np.bool_], orders: list[int], results: list[Array]) -> list[str]:
    warnings = []
    low, high = function.metadata.domain
    if outside := int(np.count_nonzero(~inside)):
        warnings.append(f"extrapolation: {outside} of {len(inside)} points lie outside the domain [{low:g}, {high:g}]")
    if function.metadata.activation in _PIECEWISE_LINEAR and max(orders) >= 2:
        warnings.append("piecewise linear: derivatives of order 2 and above are zero almost everywhere")
    if not all(np.isfinite(values).all() for values in results):
        warnings.append("overflow: some values are beyond the range of float64 and are given as null")
    return warnings + function.metadata.warnings


def _json(values: Array) -> list[float | None]:
    if np.isfinite(values).all():
        finite: list[float | None] = values.tolist()
        return finite
    return [value if np.isfinite(value) else None for value in values.tolist()]
