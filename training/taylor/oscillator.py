"""The Hermite functions psi_n, of the quantum harmonic oscillator (ħ = m = ω = 1), with their derivatives."""

from math import factorial, pi

import numpy as np

from training.arrays import Array
from training.taylor.series import Series
from training.taylor.special import compose

# Beyond it exp(-x²/2), where the recurrence starts, underflows inside the classically allowed region |x| < √(2n + 1).
HIGHEST_LEVEL = 500
PREFIX = "psi_"


def hermite_functions(x: Array, highest: int) -> list[Array]:
    """psi_0 … psi_highest at x (n,), each (n,), by the normalised three-term recurrence, stable for large n."""
    functions = [pi**-0.25 * np.exp(-0.5 * x**2)]
    if highest > 0:
        functions.append(np.sqrt(2.0) * x * functions[0])
    for n in range(1, highest):
        functions.append(np.sqrt(2 / (n + 1)) * x * functions[n] - np.sqrt(n / (n + 1)) * functions[n - 1])
    return functions


def derivatives(level: int, x: Array, highest: int) -> list[Array]:
    """psi_level and its derivatives at x: psi_n' = √(n/2) psi_{n-1} - √((n+1)/2) psi_{n+1} (DLMF 18.9.27-28)."""
    functions = hermite_functions(x, level + highest)
    weights = {level: 1.0}
    found = []
    for _ in range(highest + 1):
        found.append(sum((w * functions[n] for n, w in weights.items()), np.zeros_like(x)))
        weights = _differentiate(weights)
    return found


def of_series(level: int, u: Series) -> Series:
    """psi_level of a truncated Taylor series."""
    inner = u.plain
    outer = [c / factorial(k) for k, c in enumerate(derivatives(level, inner[0], len(inner) - 1))]
    return compose(outer, Series(inner))


def _differentiate(weights: dict[int, float]) -> dict[int, float]:
    """The derivative of Σ w_n psi_n, as weights again."""
    result: dict[int, float] = {}
    for n, weight in weights.items():
        result[n + 1] = result.get(n + 1, 0.0) - weight * ((n + 1) / 2) ** 0.5
        if n > 0:
            result[n - 1] = result.get(n - 1, 0.0) + weight * (n / 2) ** 0.5
    return result
