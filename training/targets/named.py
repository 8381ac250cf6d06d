"""The functions to approximate, each with its exact derivatives of every order."""

import re
from dataclasses import dataclass
from math import comb

import numpy as np

from training.arrays import Array
from training.errors import InvalidParameter
from training.targets import expressions
from training.targets.target import Target as Target
from training.taylor import oscillator

_OSCILLATOR = re.compile(r"psi_(\d{1,9})(\^2)?")


@dataclass(frozen=True)
class Gaussian:
    """The normal density of the given mean and standard deviation."""

    mean: float = 0.0
    std: float = 1.0

    @property
    def name(self) -> str:
        if self == Gaussian():
            return "gaussian"
        # All digits: two that differ have two names.
        mean, std = (repr(value).removesuffix(".0") for value in (self.mean, self.std))
        return f"gaussian(mean={mean}, std={std})"

    def derivative(self, x: Array, order: int = 0) -> Array:
        """(-1)^k He_k(z) φ(z) / s^(k+1) with z = (x - mean) / s and Hermite polynomials He_k (DLMF 18.9)."""
        z = (x - self.mean) / self.std
        density = np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * self.std ** (order + 1))
        previous, hermite = np.zeros_like(z), np.ones_like(z)
        for k in range(order):
            previous, hermite = hermite, z * hermite - k * previous
        signed: Array = (-1) ** order * hermite * density
        return signed


@dataclass(frozen=True)
class WaveFunction:
    """psi_n of the quantum harmonic oscillator (ħ = m = ω = 1), a Hermite function."""

    level: int

    @property
    def name(self) -> str:
        return f"psi_{self.level}"

    def derivative(self, x: Array, order: int = 0) -> Array:
        return self.derivatives(x, order)[order]

    def derivatives(self, x: Array, highest: int) -> list[Array]:
        return oscillator.derivatives(self.level, x, highest)


@dataclass(frozen=True)
class ProbabilityDensity:
    """|psi_n|² of the quantum harmonic oscillator."""

    level: int

    @property
    def name(self) -> str:
        return f"psi_{self.level}^2"

    def derivative(self, x: Array, order: int = 0) -> Array:
        """Leibniz' rule for psi_n · psi_n."""
        psi = WaveFunction(self.level).derivatives(x, order)
        return sum((comb(order, k) * psi[k] * psi[order - k] for k in range(order + 1)), np.zeros_like(x))


def parse(name: str, mean: float = 0.0, std: float = 1.0) -> Target:
    """The target that a name or an expression stands for.

    Raises:
        InvalidParameter: it is neither, or mean or std are given for a target that has none.
    """
    if name == "gaussian":
        return Gaussian(mean, std)
    if (mean, std) != (0.0, 1.0):
        raise InvalidParameter(f"mean, std: only the gaussian has them, not {name}")
    if match := _OSCILLATOR.fullmatch(name):
        return _oscillator(name, int(match[1]), squared=bool(match[2]))
    return expressions.parse(name)


def is_expression(name: str) -> bool:
    """Whether parse takes the name for an expression."""
    return name != "gaussian" and not _OSCILLATOR.fullmatch(name)


def _oscillator(name: str, level: int, squared: bool) -> Target:
    if level > oscillator.HIGHEST_LEVEL:
        raise InvalidParameter(
            f"target: {name} is beyond psi_{oscillator.HIGHEST_LEVEL}, the highest that float64 can compute"
        )
    return ProbabilityDensity(level) if squared else WaveFunction(level)
