"""erf, erfc and gamma of truncated Taylor series; values by SciPy, whose import takes longer than all else here."""

from math import pi, sqrt

import numpy as np

from training.arrays import Array
from training.taylor import series
from training.taylor.elementary import exp, sin_pi, wide_exp
from training.taylor.series import Series, constant, divide, integral, multiply, scaled, where


def erf(u: Series) -> Series:
    """y' = 2/√π exp(-u²) u'."""
    from scipy import special  # its import takes longer than that of all this

    return integral(special.erf(u.value), u, _bell(u, 2 / sqrt(pi)))


def erfc(u: Series) -> Series:
    """1 - erf(u), whose values beyond 26 float64 does not have."""
    from scipy import special

    inner = u.value
    slope = _bell(u, -2 / sqrt(pi))
    far = inner > 20
    if not far.any():
        return integral(special.erfc(inner), u, slope)
    decay, exponent = wide_exp(-(np.where(far, inner, 0.0) ** 2))
    value = np.where(far, special.erfcx(inner) * decay, special.erfc(inner))
    return _wide_integral(value, exponent, u, slope)


def gamma(u: Series) -> Series:
    """exp(log Γ), whose derivatives are polygamma functions; Γ(u) = π / (sin(πu) Γ(1 - u)) on the left of 1/2."""
    left = u.value < 0.5
    if not left.any():
        return _gamma_right(u)
    reflected = Series(np.where(left, series.subtract(constant(1.0, u), u).plain, u.plain))
    right = _gamma_right(reflected)
    mirrored = divide(constant(pi, u), multiply(sin_pi(u), right))
    return where(left, mirrored, right)


def _bell(u: Series, factor: float) -> Series:
    bell = exp(series.negative(multiply(u, u)))
    return Series(bell.c * factor, bell.exponent)


def _wide_integral(value: Array, exponent: Array | None, u: Series, slope: Series) -> Series:
    """`integral` where the value has exponents of its own."""
    tail = integral(0.0, u, Series(slope.c))  # with the exponents of slope and u left out
    c, zero = tail.c, np.zeros(u.c.shape[1])
    c[0] = 0.0
    outer = zero if slope.exponent is None else slope.exponent
    return series.add(scaled(c, outer), scaled(constant(value, u).c, zero if exponent is None else exponent))


def _gamma_right(u: Series) -> Series:
    """Γ for u >= 1/2."""
    from scipy import special

    inner = u.plain
    x = inner[0]
    outer = [np.zeros_like(x)]
    for k in range(1, len(inner)):
        outer.append((special.digamma(x) if k == 1 else special.polygamma(k - 1, x)) / special.factorial(k))
    growth = exp(compose(outer, Series(inner)))
    large = x > 170
    if not large.any():
        return scaled(growth.c * special.gamma(x), growth.exponent)
    value, exponent = wide_exp(np.where(large, special.gammaln(x), 0.0))
    value = np.where(large, value, special.gamma(np.where(large, 1.0, x)))
    return multiply(growth, Series(constant(value, u).c, exponent))


def compose(outer: list[Array], inner: Series) -> Series:
    """Σ outer_m (u - u_0)^m by Horner's rule, with coefficients outer_m (n,)."""
    steps = inner.c.copy()
    steps[0] = 0
    result = np.zeros_like(steps)
    for coefficient in reversed(outer):
        result = series.convolve(result, steps)
        result[0] = coefficient
    return Series(result)
