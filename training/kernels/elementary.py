"""Elementary functions whose loops vectorise, in float32 and float64. NaN stays NaN."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from training.kernels.vectors import power_of_two

# log 2 in two parts, of which the first times an exponent is exact (Cody and Waite, Software Manual for the Elementary
# Functions, Prentice-Hall 1980, chapter 6); beyond `limit` the result would leave the range of the type.
_PARTS: dict[Any, dict[str, Any]] = {
    np.float32: {"log2": (0.693359375, -2.12194440054690583e-4), "terms": 7, "limit": 87.0, "mantissa": 23},
    np.float64: {"log2": (0.6931471803691238, 1.9082149292705877e-10), "terms": 13, "limit": 708.0, "mantissa": 52},
}


def exp(x: Any) -> Any:
    """e^x, at least e^-limit and at most e^limit."""


def expm1(x: Any) -> Any:
    """e^x - 1 without cancellation near 0, at most e^limit."""


def _reduced(of: type[np.floating[Any]]) -> Callable[[Any], Any]:
    """Makes x ↦ (e^r - 1, 2^n) with x = n log 2 + r and |r| at most log √2, where the Taylor series is short."""
    high, low = map(of, _PARTS[of]["log2"])
    limit, per_log2 = of(_PARTS[of]["limit"]), of(1 / math.log(2))
    # Adding this rounds to an integer, and leaves it in the last bits.
    rounder = of(1.5 * 2 ** _PARTS[of]["mantissa"])
    coefficients = tuple(of(1 / math.factorial(k)) for k in range(_PARTS[of]["terms"], 0, -1))
    first, rest = coefficients[0], coefficients[1:]

    @register_jitable
    def reduced(x):
        x = limit if x > limit else x
        x = -limit if x < -limit else x
        shifted = x * per_log2 + rounder
        n = shifted - rounder
        r = x - n * high - n * low
        series = first
        for coefficient in rest:
            series = series * r + coefficient
        return series * r, power_of_two(shifted)

    return reduced  # type: ignore[no-any-return]


def _overloaded(function: Any, make: Callable[[Any], Callable[[Any], Any]]) -> None:
    implementations = {types.float32: make(np.float32), types.float64: make(np.float64)}
    overload(function)(lambda x: implementations.get(x))


def _exp(of: Any) -> Callable[[Any], Any]:
    reduced = _reduced(of)

    def implementation(x):
        fraction, power = reduced(x)
        return fraction * power + power

    return implementation


def _expm1(of: Any) -> Callable[[Any], Any]:
    reduced, one = _reduced(of), of(1)

    def implementation(x):
        fraction, power = reduced(x)
        return fraction * power + (power - one)

    return implementation


_overloaded(exp, _exp)
_overloaded(expm1, _expm1)
