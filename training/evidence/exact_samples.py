"""Samples with so little noise that closer units are needed to see it, fitted as precisely as they are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training.arrays import Array
from training.evidence.noise import LITTLE
from training.evidence.ridge import Posterior, Triangle
from training.evidence.smoothness import Observations
from training.features.local import Units
from training.features.resolution import Density

# What closer features have to make of it.
_BETTER = 0.5
# Units inside the domain. The next number is tried where it may pay: where the noise still fell with the last ones.
_COUNTS = (14, 20, 28, 40, 57, 80, 113, 160, 226, 320, 453, 640)
_FALLING, _PATIENCE = 0.7, 2
# At rounding nothing is to be gained.
_ROUNDING = 1e-15
# Samples at most: a fit that meets them to rounding learns nothing from more.
_SAMPLES = 4_000


@dataclass(frozen=True)
class Exact:
    """Units, and the posterior of their output layer."""

    units: Units
    posterior: Posterior

    def posterior_std(self, u: Array, order: int) -> Array:
        """The posterior's standard deviations of a derivative at u (n,)."""
        parts = [
            _columns(self.units, part, order) @ self.posterior.root for part in np.array_split(u, 1 + len(u) // 512)
        ]
        return np.concatenate([np.sqrt(np.sum(part**2, axis=1)) for part in parts])


def exact(observations: Observations, density: Density, noise: float) -> Exact | None:
    """The fit of highest evidence, or None where it does not find far less noise than there was said to be."""
    n = len(observations.u)
    seen = observations.some(np.arange(0, n, -(-n // _SAMPLES)))
    found = [one for one in _rounds(seen, density) if np.isfinite(one.posterior.log_evidence)]
    best = max(found, key=lambda one: one.posterior.log_evidence, default=None)
    return best if best is not None and best.posterior.noise_std < _BETTER * noise else None


def _rounds(observations: Observations, density: Density) -> Iterator[Exact]:
    noises: list[float] = []
    for inside in _COUNTS:
        if inside > len(observations.u) and noises:
            return
        one = _fit(observations, Units.on(density, inside / density.pieces))
        yield one
        noises.append(one.posterior.noise_std)
        waited = len(noises) > _PATIENCE and min(noises[-_PATIENCE:]) > _FALLING * min(noises[:-_PATIENCE])
        if noises[-1] < _ROUNDING or (waited and min(noises) < LITTLE / 100):
            return


def _fit(observations: Observations, units: Units) -> Exact:
    triangle = Triangle()
    for order, (y, weights) in enumerate(zip(observations.y, observations.weights, strict=True)):
        triangle.add(_columns(units, observations.u, order) * weights[:, None], y * weights)
    return Exact(units, triangle.posterior())


def _columns(units: Units, u: Array, order: int) -> Array:
    """The units themselves and a constant, or their derivatives, (n, units + 1)."""
    return np.column_stack([units.values(u, order), np.full(len(u), float(order == 0))])
