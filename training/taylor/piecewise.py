"""abs, sign, max, min and heaviside of truncated Taylor series: at a corner the derivatives on the right of it."""

from typing import Any

import numpy as np

from training.arrays import Array
from training.taylor import series
from training.taylor.series import Series, constant, where


def sign(u: Series) -> Series:
    """-1, 0 and 1; the jump has no derivative, those are the derivatives beside it."""
    return constant(np.sign(u.c[0]), u)


def abs_(u: Series) -> Series:
    """u or -u; at the corner, u's sign on the right of it."""
    return Series(u.c * _right_sign(u), u.exponent)


def maximum(a: Series, b: Series) -> Series:
    """The larger of two; where they meet, that on the right."""
    return _chosen(np.greater_equal, a, b)


def minimum(a: Series, b: Series) -> Series:
    """The smaller of two; where they meet, that on the right."""
    return _chosen(np.less, a, b)


def _chosen(compare: Any, a: Series, b: Series) -> Series:
    chosen = where(compare(_right_sign(series.subtract(a, b)), 0), a, b)
    return Series(np.where(np.isnan(a.c[0]) | np.isnan(b.c[0]), np.nan, chosen.c), chosen.exponent)


def heaviside(u: Series, at_zero: Series | None = None) -> Series:
    """0 and 1, and at 0 one half or what is given."""
    middle = 0.5 if at_zero is None else at_zero.value
    return constant(np.where(u.c[0] == 0, middle, u.c[0] > 0) + 0 * u.c[0], u)


def _right_sign(u: Series) -> Array:
    """The sign of u directly on the right: that of its first coefficient that is not 0."""
    first = (u.c != 0).argmax(axis=0)
    signs: Array = np.sign(np.take_along_axis(u.c, first[None], axis=0)[0])
    return signs
