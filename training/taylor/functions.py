"""The functions that expressions are made of, as functions of truncated Taylor series."""

from collections.abc import Callable
from functools import reduce
from math import log

import numpy as np

from training.taylor import elementary as elementary
from training.taylor import oscillator, series
from training.taylor import piecewise as piecewise
from training.taylor import special as special
from training.taylor.series import Series, constant, divide

# Powers that are found by squaring.
_LARGEST_SQUARED = 64


def _log_to(base: float) -> Callable[[Series], Series]:
    value = {2.0: np.log2, 10.0: np.log10}[base]

    def function(u: Series) -> Series:
        c = elementary.log(u)
        c.c[1:] /= log(base)
        c.c[0] = value(u.c[0]) if u.exponent is None else c.c[0] / log(base)
        return c

    return function


def _reciprocal(u: Series) -> Series:
    return divide(constant(1.0, u), u)


FUNCTIONS: dict[str, Callable[..., Series]] = {
    "+": series.add,
    "-": series.subtract,
    "*": series.multiply,
    "/": divide,
    "neg": series.negative,
    "exp": elementary.exp,
    "expm1": elementary.expm1,
    "log": elementary.log,
    "log1p": elementary.log1p,
    "log2": _log_to(2.0),
    "log10": _log_to(10.0),
    "softplus": elementary.softplus,
    "sigmoid": elementary.sigmoid,
    "logcosh": elementary.logcosh,
    "sqrt": lambda u: series.real_power(u, 0.5),
    "cbrt": elementary.cbrt,
    "sinpi": elementary.sin_pi,
    "sin": lambda u: elementary.sin_cos(u)[0],
    "cos": lambda u: elementary.sin_cos(u)[1],
    "tan": elementary.tan,
    "sec": lambda u: _reciprocal(elementary.sin_cos(u)[1]),
    "csc": lambda u: _reciprocal(elementary.sin_cos(u)[0]),
    "cot": elementary.cot,
    "sinh": lambda u: elementary.sinh_cosh(u)[0],
    "cosh": lambda u: elementary.sinh_cosh(u)[1],
    "tanh": elementary.tanh,
    "sech": lambda u: _reciprocal(elementary.sinh_cosh(u)[1]),
    "csch": lambda u: _reciprocal(elementary.sinh_cosh(u)[0]),
    "coth": elementary.coth,
    "asin": elementary.asin,
    "acos": elementary.acos,
    "atan": elementary.atan,
    "asinh": elementary.asinh,
    "acosh": elementary.acosh,
    "atanh": elementary.atanh,
    "erf": special.erf,
    "erfc": special.erfc,
    "gamma": special.gamma,
    "abs": piecewise.abs_,
    "sign": piecewise.sign,
    "max": piecewise.maximum,
    "min": piecewise.minimum,
    "heaviside": piecewise.heaviside,
}


def apply(function: str, *arguments: Series) -> Series:
    """A function, or an operation, of its arguments."""
    if function in ("max", "min"):
        return reduce(FUNCTIONS[function], arguments)
    if function.startswith(oscillator.PREFIX):
        return oscillator.of_series(int(function.removeprefix(oscillator.PREFIX)), *arguments)
    return FUNCTIONS[function](*arguments)


def power(base: Series, exponent: float) -> Series:
    """A constant power."""
    if exponent.is_integer() and abs(exponent) <= _LARGEST_SQUARED:
        return series.integer_power(base, int(exponent))
    return series.real_power(base, exponent) if np.isfinite(exponent) else constant(np.nan, base)
