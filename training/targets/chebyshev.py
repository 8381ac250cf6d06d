"""The function that was fitted, written so that whoever serves the fit can show it without this code."""

from collections.abc import Sequence

import numpy as np
from numpy.polynomial import chebyshev

from training.targets.domain import Domain
from training.targets.named import Target

# Highest degrees that are tried: beyond the last a function is not known well enough to be shown as the truth.
_DEGREES = (32, 64, 128, 256, 512)
# Of the largest coefficient: what rounding leaves.
_NEGLIGIBLE = 1e-14


def chebyshev_series(target: Target, domain: Domain, orders: Sequence[int]) -> dict[str, list[float]]:
    """Chebyshev coefficients, on the domain, of the derivatives of these orders: those that have a series to rounding.

    Each order has its own interpolant at Chebyshev points, so that none is less precise than the function.
    """
    found = {str(order): _series(target, domain, order) for order in orders}
    return {order: series for order, series in found.items() if series is not None}


def _series(target: Target, domain: Domain, order: int) -> list[float] | None:
    low, high = domain
    for degree in _DEGREES:
        scaled = np.sort(chebyshev.chebpts1(degree + 1))
        values = target.derivative(low + (high - low) * (scaled + 1) / 2, order)
        if not np.isfinite(values).all():
            return None
        # A discrete cosine transform in the form that NumPy has: the points are orthogonal for these polynomials.
        series = 2 / (degree + 1) * (chebyshev.chebvander(scaled, degree).T @ values)
        series[0] /= 2
        negligible = _NEGLIGIBLE * max(float(np.abs(series).max()), np.finfo(np.float64).tiny)
        if (np.abs(series[-degree // 8 :]) <= 10 * negligible).all():
            kept = np.flatnonzero(np.abs(series) > negligible)
            return [float(coefficient) for coefficient in series[: kept[-1] + 1 if kept.size else 1]]
    return None
