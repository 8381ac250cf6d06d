"""Noise that is not alike everywhere, nor normal, nor independent: what it makes of the weights of samples."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import median_filter

from training.arrays import Array
from training.evidence.residuals import outliers
from training.evidence.smoothing import NormalEquations, Smoothed, Smoother
from training.evidence.smoothness import Fit, Observations, choose, choose_beside
from training.features import placement
from training.features.local import Units

# Nats that noise of another kind must gain over independent noise that is alike everywhere, and samples that it takes.
_CLEARLY_BETTER, _ENOUGH = 20.0, 50
# Of the standard deviation of y: so little noise is no matter of kinds.
LITTLE = 1e-4
# Few units show whether noise is correlated.
_LOOK = (10, 20, 40)
# Degrees of freedom of Student's t: heavy tails that a handful of samples cannot bend (Lange, Little and Taylor, J.
# Am. Statist. Assoc. 84, 1989).
_FREEDOM = 4.0
_ROUNDS, _STEPS = 2, 8
# The part of the information on f that samples of such noise have, of that which their weights say.
EFFICIENCY = (_FREEDOM + 1) / (_FREEDOM + 3)
# Samples whose median shows f to a first look at outliers.
_NEIGHBOURS = 7
# From the median of absolute values to the standard deviation of what is normal.
_NORMAL = 1.4826
# A variance that varies: its units, the mean of log χ² of one degree of freedom, and its range below the largest.
_UNITS, _LOG_CHI_SQUARE, _RANGE = (10, 20), -1.27, 18.0
# Correlation lengths that are looked for, in median distances of samples.
LENGTHS = (3.0, 12.0)
# Samples closer than this part of the median distance are repetitions: nothing says in what order they came.
_CLOSE = 1e-3


@dataclass(frozen=True)
class Noise:
    """What is known of the noise.

    Attributes:
        kind: of KINDS.
        log_variance: of varying noise, over u.
        length: of correlated noise, in units of u.
    """

    kind: str = "white"
    log_variance: Smoothed | None = None
    length: float = 0.0

    def mean_variance(self, u: Array) -> float:
        """By how much more than that of a sample of weight 1 the variance is on average, at u (n,)."""
        return 1.0 if self.log_variance is None else float(np.mean(np.exp(variance_at(self.log_variance, u))))

    def applied(self, observations: Observations) -> Observations:
        """The observations with the weights, or correlations, of this noise."""
        if self.log_variance is not None:
            roots = np.exp(-variance_at(self.log_variance, observations.u) / 2)
            return replace(observations, weights=observations.weights * roots)
        if self.length:
            return replace(observations, correlations=_correlations(observations.u, self.length))
        return observations


@dataclass(frozen=True)
class Explanation:
    """The noise, the observations with the weights that it gives them, and fits to these, the best first."""

    noise: Noise
    observations: Observations
    fits: list[Fit]

    def standardised(self) -> Array:
        """Residuals of the values: of one variance, and independent, if the noise is what it is taken for."""
        seen, posterior = self.observations, self.fits[0].posterior
        residuals = (seen.y[0] - posterior.values(seen.u, 0)) * seen.weights[0]
        if seen.correlations is None:
            return np.asarray(residuals)
        rho = seen.correlations[1:]
        return np.append(residuals[0], (residuals[1:] - rho * residuals[:-1]) / np.sqrt(1 - rho**2))


def explain(observations: Observations, kind: str) -> Explanation:
    """Fits with noise of a kind, or of that which the evidence clearly prefers (`auto`)."""
    if kind == "robust":
        return robust(observations)
    white = Explanation(Noise(), observations, choose(observations))
    little = white.fits[0].posterior.variance < LITTLE**2
    if kind == "white" or (kind == "auto" and (little or not _may_differ(observations))):
        return white
    if kind == "varying":
        return varying(observations, white.fits[0])
    if kind == "correlated":
        return correlated(observations, white.fits[0])
    found = correlated(observations, white.fits[0], _CLEARLY_BETTER)
    if found.fits[0].score > white.fits[0].score + _CLEARLY_BETTER:
        return found
    found = varying(observations, white.fits[0])
    better = found.fits[0].score > white.fits[0].score + _CLEARLY_BETTER
    return found if better and not outliers(found.standardised()).any() else white


def _may_differ(observations: Observations) -> bool:
    """Whether there are samples enough to show what noise is like, and nothing is said of it."""
    return len(observations.u) >= _ENOUGH and len(observations.y) == 1 and float(np.ptp(observations.weights)) == 0


def variance_at(log_variance: Smoothed, u: Array) -> Array:
    """Its logarithm at u (n,), within the range that is allowed."""
    values = log_variance.values(u, 0)
    return np.asarray(np.maximum(values, values.max() - _RANGE))


def varying(observations: Observations, fit: Fit) -> Explanation:
    """Noise whose variance is a smooth function, found from the residuals of a fit and of those that follow."""
    fits, noise = [fit], Noise()
    for _ in range(_ROUNDS):
        noise = Noise("varying", _log_variance(observations, fits[0].posterior))
        fits = choose_beside(noise.applied(observations), fits[0], (fits[0].inside // 2, 2 * fits[0].inside))
    return Explanation(noise, noise.applied(observations), fits)


def _log_variance(observations: Observations, posterior: Smoothed) -> Smoothed:
    """A gamma regression of the squared residuals, by iteration from a regression of their logarithms."""
    u, weights = observations.u, observations.weights[0]
    squares = ((observations.y[0] - posterior.values(u, 0)) ** 2 + posterior.variances(u, 0)) * weights**2
    squares = np.maximum(squares, 1e-6 * np.median(squares) + np.finfo(float).tiny)
    response = np.log(squares) - _LOG_CHI_SQUARE
    for _ in range(_STEPS):
        found = _smooth(u, response)
        level = variance_at(found, u)
        response = level + np.clip(squares * np.exp(-level) - 1, -1, 10)
    return found


def _smooth(u: Array, response: Array) -> Smoothed:
    """The smoothest of highest evidence."""
    density = placement.of_samples(u) or placement.even()
    found = []
    for units in _UNITS:
        equations = NormalEquations(Units.spaced(density, units, 0.5, 6))
        equations.add(u, response, np.ones_like(u))
        found += [Smoother(equations, differences).best() for differences in (1, 2)]
    return max((one for one in found if one is not None), key=lambda one: one.log_evidence)


def robust_start(observations: Observations) -> Observations:
    """Less weight for those that are far from the median of their neighbours."""
    y, weights = observations.y[0], observations.weights[0]
    residual = (y - median_filter(y, min(_NEIGHBOURS, len(y)), mode="nearest")) * weights
    scale = _NORMAL * float(np.median(np.abs(residual))) + 1e-12 * float(np.abs(y).max())
    return _weighted(observations, np.where(outliers(residual), _student(residual / scale), 1.0))


def robust(observations: Observations) -> Explanation:
    """Noise of Student's t."""
    seen = robust_start(observations)
    fits = choose(seen)
    for _ in range(_ROUNDS):
        seen = reweighted(observations, seen, fits[0])
        fits = choose(seen)
    return Explanation(Noise("robust"), seen, fits)


def reweighted(observations: Observations, seen: Observations, fit: Fit) -> Observations:
    """Expectation and maximisation in turns: the weights of the samples, then the posterior and the scale."""
    for _ in range(_STEPS):
        posterior = fit.renewed(seen).posterior
        residual = observations.y[0] - posterior.values(observations.u, 0)
        squares = (residual**2 + posterior.variances(observations.u, 0)) * observations.weights[0] ** 2
        kept = (seen.weights[0] / np.where(observations.weights[0] > 0, observations.weights[0], 1)) ** 2
        scale = float(np.sum(kept * squares) / len(squares)) + np.finfo(float).tiny
        seen = _weighted(observations, _student(np.sqrt(squares / scale)))
    return seen


def _student(residual: Array) -> Array:
    """Weights (their squares are expectations of the precision) of standardised residuals."""
    return np.asarray(np.sqrt((_FREEDOM + 1) / (_FREEDOM + residual**2)))


def _weighted(observations: Observations, factors: Array) -> Observations:
    return replace(observations, weights=observations.weights * factors)


def correlated(observations: Observations, white: Fit, gain: float = -np.inf) -> Explanation:
    """Noise that is forgotten exponentially, with the correlation length of highest evidence.

    All numbers of units are tried where a look at few has gained so many nats over a fit with independent noise.
    """
    distances = np.diff(observations.u)
    unit = float(np.median(distances[distances > 0]))
    found = []
    for length in LENGTHS:
        noise = Noise("correlated", length=length * unit)
        seen = noise.applied(observations)
        found.append(Explanation(noise, seen, choose_beside(seen, white, _LOOK)))
    best = max(found, key=lambda one: one.fits[0].score)
    return best if best.fits[0].score < white.score + gain else replace(best, fits=choose(best.observations))


def _correlations(u: Array, length: float) -> Array:
    """The correlation of each sample with the one before, (n,)."""
    distances = np.diff(u, prepend=-np.inf)
    positive = distances[np.isfinite(distances) & (distances > 0)]
    return np.asarray(np.exp(-np.maximum(distances, _CLOSE * np.median(positive)) / length))
