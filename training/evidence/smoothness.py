"""How finely samples are looked at, and how smooth f is: chosen by the evidence, with a preference for smooth fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.evidence.smoothing import NormalEquations, Smoothed, Smoother
from training.features import placement
from training.features.local import Units
from training.features.resolution import Density

# Steepness times distance to the neighbour: units make up a constant to exp(-π²/0.5), and each reaches over 76 others.
_STEEPNESS = 0.5
# Units beyond either end. With one f' is expected to be small there, and f'' is then far better where it is; with six
# nothing is expected. Among many units it makes no difference.
_BEYOND, _BEYOND_MANY, _MANY = (1, 6), (2,), 80
# Units inside the domain; as many more double them, as long as there are two samples for four units.
_COUNTS = (10, 14, 20, 28, 40, 80, 160, 320, 640, 1280)
_UNITS_PER_SAMPLE = 2
# Nats of evidence that a fit must gain: with differences of order q, at the fewest units and for each doubling.
# Narrower units fit f a little better and f'' far worse: gaussian + N(0, 0.01), 500 points, gains 10 from 10 to 20
# units, where f'' loses a fifth; what needs narrow units gains 50 and more. With q = 3, f'' is too rough at any number.
_PREFERENCES = {1: (0.0, 8.0), 2: (5.0, 4.0), 3: (10.0, 0.0)}
# Of a fit that is that much worse, in nats, λ is not refined.
_HOPELESS = 50.0
# Fits that bends more than so many units can show are looked at again, with units where they bend.
_BENT = 40
_GRID = 4_001
# Fits that leave so much of the variance of y show nothing, and nats that are more than chance.
_FLAT, _CLEARLY = 0.8, 4.0


@dataclass(frozen=True)
class Observations:
    """What is known of f, on [-1, 1].

    Attributes:
        u: (n,), ascending.
        y: (orders, n), values and, below them, derivatives.
        weights: (orders, n), 1 / standard deviation up to a factor.
        correlations: (n,), of the noise with that of the sample before, or None.
    """

    u: Array
    y: Array
    weights: Array
    correlations: Array | None = None

    def equations(self, units: Units) -> NormalEquations:
        """All of it in the features of the units."""
        equations = NormalEquations(units)
        for order, (y, weights) in enumerate(zip(self.y, self.weights, strict=True)):
            equations.add(self.u, y, weights, order, self.correlations)
        return equations

    def some(self, rows: NDArray[np.intp]) -> "Observations":
        """Select these rows."""
        correlations = None if self.correlations is None else self.correlations[rows]
        return Observations(self.u[rows], self.y[:, rows], self.weights[:, rows], correlations)

    @cached_property
    def information(self) -> float:
        """The logarithm of what weights and correlations make of a volume in y."""
        positive = self.weights[self.weights > 0]
        volume = float(np.sum(np.log(positive)))
        if self.correlations is not None:
            volume -= float(np.sum(np.log1p(-(self.correlations[1:] ** 2)))) / 2 * len(self.y)
        return volume


@dataclass(frozen=True)
class Fit:
    """A candidate and its posterior; the score is the evidence less what is preferred to it."""

    placement: str
    density: Density
    inside: int
    posterior: Smoothed
    score: float

    @property
    def price(self) -> float:
        """What is preferred to it, in nats."""
        return _price(self.posterior.differences, self.inside)

    def renewed(self, observations: Observations) -> "Fit":
        """The same units and differences for other observations, with the best λ."""
        smoother = Smoother(observations.equations(self.posterior.units), self.posterior.differences)
        posterior = smoother.best()
        assert posterior is not None, "what could be fitted to some samples can be to all"
        return replace(self, posterior=posterior, score=_score(posterior, self.inside, observations))


def choose(observations: Observations) -> list[Fit]:
    """Fits to the observations, the best first."""
    densities = {"even": placement.even()}
    if (uneven := placement.of_samples(observations.u)) is not None:
        densities["samples"] = uneven
    fits: list[Fit] = []
    for name, density in densities.items():
        _fit(fits, observations, name, density, _COUNTS)
    best = max(fits, key=lambda fit: fit.score)
    if best.inside >= _BENT:
        grid = np.linspace(-1, 1, _GRID)
        _fit(fits, observations, "curvature", placement.of_curvature(grid, best.posterior.values(grid, 2)), _COUNTS)
    return _showing_something(sorted(fits, key=lambda fit: -fit.score), observations)


def _showing_something(fits: list[Fit], observations: Observations) -> list[Fit]:
    """The fits again; where the best one shows nothing, and the evidence alone clearly prefers another, by that."""
    weights = observations.weights[0] ** 2
    centred = observations.y[0] - np.average(observations.y[0], weights=weights)
    constant = float(weights @ centred**2) / len(centred)
    by_evidence = sorted(fits, key=lambda fit: -(fit.score + fit.price))
    gain = by_evidence[0].score + by_evidence[0].price - fits[0].score - fits[0].price
    is_flat = len(observations.y) == 1 and fits[0].posterior.variance > _FLAT * constant
    return by_evidence if is_flat and gain > _CLEARLY else fits


def choose_beside(observations: Observations, fit: Fit, counts: Sequence[int]) -> list[Fit]:
    """Fits with units that are placed as those of another fit, so many of them or as many, the best first."""
    fits: list[Fit] = []
    _fit(
        fits,
        observations,
        fit.placement,
        fit.density,
        sorted({max(count, _COUNTS[0]) for count in (*counts, fit.inside)}),
    )
    return sorted(fits, key=lambda fit: -fit.score)


def _fit(fits: list[Fit], observations: Observations, name: str, density: Density, counts: Sequence[int]) -> None:
    most = max(counts[0], _UNITS_PER_SAMPLE * len(observations.u))
    for inside in counts:
        if inside > most:
            break
        for beyond in _BEYOND if inside < _MANY else _BEYOND_MANY:
            equations = observations.equations(Units.spaced(density, inside, _STEEPNESS, beyond))
            for differences in _PREFERENCES:
                best = max((fit.score for fit in fits), default=-np.inf)
                fits += _fitted(observations, equations, name, density, inside, differences, best)


def _fitted(
    observations: Observations,
    equations: NormalEquations,
    name: str,
    density: Density,
    inside: int,
    differences: int,
    best: float,
) -> Iterator[Fit]:
    price = _price(differences, inside) - observations.information
    posterior = Smoother(equations, differences).best(worthwhile=best - _HOPELESS + price)
    if posterior is not None:
        yield Fit(name, density, inside, posterior, _score(posterior, inside, observations))


def _score(posterior: Smoothed, inside: int, observations: Observations) -> float:
    return posterior.log_evidence + observations.information - _price(posterior.differences, inside)


def _price(differences: int, inside: int) -> float:
    first, doubled = _PREFERENCES[differences]
    return first + doubled * float(np.log2(inside / _COUNTS[0]))
