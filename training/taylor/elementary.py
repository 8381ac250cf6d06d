"""The elementary functions of truncated Taylor series.

Each has its value from NumPy and its coefficients from the differential equation that it solves (Griewank and Walther,
Evaluating Derivatives, 2nd ed., SIAM 2008, section 13.2), written without cancellation and without overflow.
"""

import math
from collections.abc import Callable
from math import pi

import numpy as np

from training.arrays import Array
from training.taylor import series
from training.taylor.series import Series, constant, derivative, divide, integral, integrated, multiply, scaled

_LN2 = math.log(2.0)
# ln 2 in two parts, the first of 32 bits: its product with an exponent is exact.
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
# exp is reduced beyond it.
_LARGE = 600.0
# What is e**±_BEYOND times as large as something else is infinite, or zero, beside it.
_BEYOND = 1e9


def exp(u: Series) -> Series:
    """y' = y u'."""
    inner = u.plain
    value, exponent = wide_exp(inner[0])
    c = np.empty_like(inner)
    c[0] = value
    slope_of_u = derivative(inner)
    for k in range(1, len(c)):
        c[k] = integrated(slope_of_u, c, k)
    return scaled(c, exponent)


def expm1(u: Series) -> Series:
    """exp(u) - 1, of which the value alone can cancel."""
    c = exp(u)
    if c.exponent is not None:
        return series.subtract(c, constant(1.0, c))
    c.c[0] = np.expm1(u.value)
    return c


def log(u: Series) -> Series:
    """y' = u' / u."""
    c = np.empty_like(u.c)
    for k in range(1, len(c)):
        j = np.arange(1, k)[:, None]
        c[k] = (u.c[k] - (j * c[1:k] * u.c[1:k][::-1]).sum(axis=0) / k) / u.c[0]
    c[0] = np.log(u.c[0]) if u.exponent is None else _log_of_wide(u)
    return Series(c)


def log1p(u: Series) -> Series:
    """log(1 + u)."""
    c = log(series.add(constant(1.0, u), u))
    value = u.value
    c.c[0] = np.where(np.isfinite(value), np.log1p(value), c.c[0])
    return c


def softplus(u: Series) -> Series:
    """log(1 + exp(u)); y' = σ(u) u'."""
    return integral(np.logaddexp(0.0, u.value), u, sigmoid(u))


def sigmoid(u: Series) -> Series:
    """1 / (1 + exp(-u))."""
    return divide(constant(1.0, u), series.add(constant(1.0, u), exp(series.negative(u))))


def logcosh(u: Series) -> Series:
    """log(cosh(u)); y' = tanh(u) u'."""
    size = np.abs(u.value)
    near, far = np.log1p(2 * np.sinh(np.minimum(size, 1.0) / 2) ** 2), size + np.log1p(np.exp(-2 * size)) - _LN2
    return integral(np.where(size < 1, near, far), u, tanh(u))


def sin_cos(u: Series) -> tuple[Series, Series]:
    """y' = z u' and z' = -y u'."""
    inner = u.plain
    y, z = np.empty_like(inner), np.empty_like(inner)
    y[0], z[0] = np.sin(inner[0]), np.cos(inner[0])
    slope_of_u = derivative(inner)
    for k in range(1, len(y)):
        y[k] = integrated(slope_of_u, z, k)
        z[k] = -integrated(slope_of_u, y, k)
    return Series(y), Series(z)


def tan(u: Series) -> Series:
    """y' = (1 + y²) u'."""
    inner = u.plain
    y, slope = np.empty_like(inner), np.zeros_like(inner)
    y[0] = np.tan(inner[0])
    slope[0] = 1 + y[0] ** 2
    slope_of_u = derivative(inner)
    for k in range(1, len(y)):
        y[k] = integrated(slope_of_u, slope, k)
        slope[k] = (y[: k + 1] * y[: k + 1][::-1]).sum(axis=0)
    return scaled(y)


def tanh(u: Series) -> Series:
    """y' = q u' and q' = -2 y q u' with q = sech²(u), which 1 - y² would not give where y is nearly 1."""
    inner = u.plain
    y, slope = np.empty_like(inner), np.empty_like(inner)
    product = np.empty_like(inner)
    decay = np.exp(-2 * np.abs(inner[0]))
    y[0], slope[0] = np.tanh(inner[0]), 4 * decay / (1 + decay) ** 2
    slope_of_u = derivative(inner)
    for k in range(1, len(y)):
        product[k - 1] = (y[:k] * slope[:k][::-1]).sum(axis=0)
        y[k] = integrated(slope_of_u, slope, k)
        slope[k] = -2 * integrated(slope_of_u, product, k)
    return Series(y)


def sinh_cosh(u: Series) -> tuple[Series, Series]:
    """y' = z u' and z' = y u'."""
    inner = u.plain
    value, exponent = wide_exp(np.abs(inner[0]))
    y, z = np.empty_like(inner), np.empty_like(inner)
    if exponent is None:
        y[0], z[0] = np.sinh(inner[0]), np.cosh(inner[0])
    else:
        small = exponent == 0
        z[0] = np.where(small, np.cosh(np.where(small, inner[0], 0)), value / 2)
        y[0] = np.where(small, np.sinh(np.where(small, inner[0], 0)), np.sign(inner[0]) * value / 2)
    slope_of_u = derivative(inner)
    for k in range(1, len(y)):
        y[k] = integrated(slope_of_u, z, k)
        z[k] = integrated(slope_of_u, y, k)
    return scaled(y, exponent), scaled(z, exponent)


def cot(u: Series) -> Series:
    """y' = -u' / sin²(u)."""
    return _ratio(*sin_cos(u), u)


def coth(u: Series) -> Series:
    """y' = -u' / sinh²(u), which 1 - y² would not give where y is nearly 1."""
    return _ratio(*sinh_cosh(u), u)


def asin(u: Series) -> Series:
    """y' = u' / √((1 - u)(1 + u))."""
    return integral(np.arcsin(u.value), u, _circular_slope(u))


def acos(u: Series) -> Series:
    """-asin(u) + π/2."""
    return integral(np.arccos(u.value), u, series.negative(_circular_slope(u)))


def atan(u: Series) -> Series:
    """y' = u' / (1 + u²)."""
    return integral(np.arctan(u.value), u, divide(constant(1.0, u), _one_plus(multiply(u, u))))


def asinh(u: Series) -> Series:
    """y' = u' / √(1 + u²)."""
    return integral(_of_large(np.arcsinh, u), u, series.real_power(_one_plus(multiply(u, u)), -0.5))


def acosh(u: Series) -> Series:
    """y' = u' / √((u - 1)(u + 1))."""
    below, above = series.add(u, constant(-1.0, u)), _one_plus(u)
    value = np.where(u.c[0] > 0, _of_large(np.arccosh, u), np.nan)
    return integral(value, u, series.real_power(multiply(below, above), -0.5))


def atanh(u: Series) -> Series:
    """y' = u' / ((1 - u)(1 + u))."""
    return integral(np.arctanh(u.value), u, divide(constant(1.0, u), _difference_of_squares(u)))


def wide_exp(value: Array) -> tuple[Array, Array | None]:
    """exp(value) as mantissas and exponents."""
    value = np.where(np.abs(value) > _BEYOND, np.sign(value) * np.inf, value)
    large = np.abs(value) > _LARGE
    if not large.any():
        return np.exp(value), None
    exponent = np.where(large & np.isfinite(value), np.rint(value / _LN2), 0.0)
    reduced = (value - exponent * _LN2_HIGH) - exponent * _LN2_LOW
    return np.exp(reduced), exponent


def _log_of_wide(u: Series) -> Array:
    """The logarithm of the value, near 1 too."""
    value, exponent = u.value, u.exponent
    assert exponent is not None, "asked for a wide one"
    is_plain = (np.abs(exponent) < 900) & (value > 1e-300)
    result: Array = np.where(is_plain, np.log(value), np.log(u.c[0]) + exponent * _LN2)
    return result


def _of_large(function: Callable[[Array], Array], u: Series) -> Array:
    """asinh or acosh, which are ±log(2 |u|) where u is beyond float64."""
    value = u.value
    if u.exponent is None:
        return function(value)
    beyond = ~np.isfinite(value) & np.isfinite(u.c[0])
    far = np.sign(u.c[0]) * (np.log(2 * np.abs(u.c[0])) + u.exponent * _LN2)
    return np.where(beyond, far, function(value))


def _ratio(y: Series, z: Series, u: Series) -> Series:
    """z / y, where its derivative is -u' / y²."""
    slope = series.negative(divide(constant(1.0, u), multiply(y, y)))
    return integral(divide(z, y).value, u, slope)


def _one_plus(u: Series) -> Series:
    return series.add(constant(1.0, u), u)


def _difference_of_squares(u: Series) -> Series:
    """1 - u², without cancellation near ±1."""
    return multiply(series.subtract(constant(1.0, u), u), _one_plus(u))


def _circular_slope(u: Series) -> Series:
    return series.real_power(_difference_of_squares(u), -0.5)


def sin_pi(u: Series) -> Series:
    """sin(πu), whose zeros are the integers."""
    inner = u.plain
    nearest = np.rint(inner[0])
    turned = inner * pi
    turned[0] = (inner[0] - nearest) * pi
    signs = 1 - 2 * np.abs(np.remainder(nearest, 2))
    return Series(sin_cos(Series(turned))[0].c * signs)


def cbrt(u: Series) -> Series:
    """The real cube root, of negative numbers too."""
    signs = np.where(u.c[0] < 0, -1.0, 1.0)
    root = series.real_power(Series(u.c * signs, u.exponent), 1 / 3)
    c = root.c * signs
    if root.exponent is None:
        c[0] = np.cbrt(u.c[0])
    return Series(c, root.exponent)
