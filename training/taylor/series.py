"""Truncated Taylor series around many points at once, in float64 with the exponents of its own.

A series has coefficients (K + 1, n), times 2**exponent (n,) where these are not all 0: exp(1000) and cosh(1000) are
ordinary numbers here, and so sinh(x)/cosh(x) and exp(-x)*cosh(x) are what they should be far out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.arrays import Array

# Coefficients beyond 2**±_WIDE are rescaled; the products of two series within it stay far from the ends of float64.
_WIDE = 200.0
_SMALLEST, _LARGEST = 2.0**-_WIDE, 2.0**_WIDE
# The exponent of zero: below that of all numbers.
_NOTHING = -1e9
# Beyond it ldexp has overflown or underflown.
_LARGEST_SHIFT = 5_000.0


@dataclass(frozen=True)
class Series:
    """Coefficients (K + 1, n), and the exponents (n,) of the power of 2 that they are multiplied with, if any."""

    c: Array
    exponent: Array | None = None

    @property
    def plain(self) -> Array:
        """The coefficients in float64, infinite where they are too large."""
        return self.c if self.exponent is None else shift(self.c, self.exponent)

    @property
    def value(self) -> Array:
        """The value in float64, (n,)."""
        return self.c[0] if self.exponent is None else shift(self.c[0], self.exponent)


def shift(c: Array, exponent: Any) -> Array:
    """c · 2**exponent."""
    shifted: Array = np.ldexp(c, np.clip(exponent, -_LARGEST_SHIFT, _LARGEST_SHIFT).astype(np.int64))
    return shifted


def scaled(c: Array, exponent: Array | None = None) -> Series:
    """The series of these coefficients, rescaled where they are large or small."""
    largest = np.abs(c).max(axis=0, initial=0.0)
    if exponent is None and largest.min(initial=1.0) > _SMALLEST and largest.max(initial=1.0) < _LARGEST:
        return Series(c)
    powers = np.where(np.isfinite(largest), np.frexp(largest)[1], 0).astype(np.float64)
    if exponent is None:
        if not (np.abs(powers) > _WIDE).any():
            return Series(c)
        exponent = np.zeros_like(powers)
    return Series(shift(c, -powers), np.where(largest == 0, _NOTHING, exponent + powers))


def constant(value: Any, like: Series) -> Series:
    """The series of a constant, or of values (n,)."""
    c = np.zeros_like(like.c)
    c[0] = value
    return Series(c)


def add(a: Series, b: Series) -> Series:
    """a + b."""
    if a.exponent is None and b.exponent is None:
        return scaled(a.c + b.c)
    first, second = _exponents(a), _exponents(b)
    common = np.maximum(first, second)
    return scaled(shift(a.c, first - common) + shift(b.c, second - common), common)


def negative(a: Series) -> Series:
    """-a."""
    return Series(-a.c, a.exponent)


def subtract(a: Series, b: Series) -> Series:
    """a - b."""
    return add(a, negative(b))


def multiply(a: Series, b: Series) -> Series:
    """Leibniz' rule."""
    return scaled(convolve(a.c, b.c), _sum(a.exponent, b.exponent))


def times(a: Series, factor: float) -> Series:
    """a · factor, a finite number."""
    return scaled(a.c * factor, a.exponent)


def over(a: Series, divisor: float) -> Series:
    """a / divisor, a finite number other than 0."""
    return scaled(a.c / divisor, a.exponent)


def convolve(a: Array, b: Array) -> Array:
    """The coefficients of the product of two series."""
    c: Array = a[0] * b
    for k in range(1, len(a)):
        c[k:] += a[k] * b[: len(b) - k]
    return c


def divide(a: Series, b: Series) -> Series:
    """a / b, whose coefficients follow from those of (a / b) b = a."""
    quotient = np.empty_like(a.c)
    for k in range(len(quotient)):
        np.copyto(quotient[k], a.c[k])
        for j in range(1, k + 1):
            quotient[k] -= b.c[j] * quotient[k - j]
        quotient[k] /= b.c[0]
    return scaled(quotient, _sum(a.exponent, None if b.exponent is None else -b.exponent))


def derivative(c: Array) -> Array:
    """The coefficients of the derivative of a series."""
    result: Array = c[1:] * np.arange(1, len(c))[:, None]
    return result


def integrated(first: Array, second: Array, k: int) -> Array:
    """Coefficient k >= 1 of the integral of the product of two series."""
    result: Array = first[0] * second[k - 1]
    for j in range(1, k):
        result += first[j] * second[k - 1 - j]
    return result / k


def integral(value: Any, u: Series, slope: Series) -> Series:
    """The series of y with y' = slope · u', where the value of y is known, (n,)."""
    c = np.empty_like(u.c)
    slope_of_u = derivative(u.c)
    for k in range(1, len(c)):
        c[k] = integrated(slope_of_u, slope.c, k)
    exponent = _sum(u.exponent, slope.exponent)
    if exponent is not None:
        c[1:] = shift(c[1:], exponent)
    c[0] = value
    return Series(c)


def where(condition: Any, a: Series, b: Series) -> Series:
    """The coefficients of a where the condition (n,) holds, else those of b."""
    c = np.where(condition, a.c, b.c)
    if a.exponent is None and b.exponent is None:
        return Series(c)
    first, second = (np.zeros(c.shape[1]) if s.exponent is None else s.exponent for s in (a, b))
    return Series(c, np.where(condition, first, second))


def integer_power(base: Series, exponent: int) -> Series:
    """base**exponent by repeated squaring, which is exact where the base is zero."""
    result: Series | None = None
    power, rest = base, abs(exponent)
    while rest:
        if rest & 1:
            result = power if result is None else multiply(result, power)
        rest >>= 1
        if rest:
            power = multiply(power, power)
    if result is None:
        return constant(1.0, base)
    return divide(constant(1.0, base), result) if exponent < 0 else result


def real_power(base: Series, exponent: float) -> Series:
    """base**exponent by y' base = exponent y base'; at a zero only orders below the exponent are finite."""
    c, n = base.c, len(base.c)
    y = np.empty_like(c)
    y[0], exponents = _power_of_value(base, exponent)
    for k in range(1, n):
        j = np.arange(1, k + 1)[:, None]
        y[k] = ((exponent * j - (k - j)) * c[1 : k + 1] * y[:k][::-1]).sum(axis=0) / (k * c[0])
    zero = c[0] == 0
    if zero.any():
        y[:, zero] = _power_of_zero(c[:, zero], exponent)
    return scaled(y, exponents)


def _power_of_value(base: Series, exponent: float) -> tuple[Array, Array | None]:
    """The power of the value (n,), and its exponents."""
    value = base.c[0]
    size = np.log2(np.abs(value)) + (0.0 if base.exponent is None else base.exponent)
    total = np.where(value == 0, 0.0, exponent * size)
    if base.exponent is None and not (np.abs(total) > _WIDE).any():
        return np.power(value, exponent), None
    sign = np.power(np.sign(value), exponent)  # not a number for roots of negative numbers
    whole = np.rint(total)
    return sign * np.exp2(total - whole), whole


def _power_of_zero(c: Array, exponent: float) -> Array:
    """Where the base is c_1 h + …: h**exponent has no derivatives from the exponent on."""
    y = np.zeros_like(c)
    y[0] = 0.0**exponent if exponent >= 0 else np.inf
    y[max(0, int(np.ceil(exponent))) :] = np.inf
    y[:, (c == 0).all(axis=0)] = 0.0 if exponent > 0 else np.inf
    return y


def _exponents(a: Series) -> Array:
    return np.zeros(a.c.shape[1]) if a.exponent is None else a.exponent


def _sum(first: Array | None, second: Array | None) -> Array | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second
