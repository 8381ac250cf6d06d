"""How far f, f' and f'' may be from a fit, and its logarithm as one more output of the same units."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evidence.smoothing import NormalEquations, Smoothed, Smoother
from training.evidence.smoothness import Fit, Observations
from training.features.local import Units
from training.models.networks import BAND_ORDERS

Array = NDArray[np.float64]

# Fits that are as good as the best one but for so many nats count, and so many at most; wide layers cost too much.
_NATS, _MOST, _WIDEST = 4.6, 6, 320
# Fewer samples than this also leave open how smooth f is at a given number of units: decades of λ.
_FEW, _DECADES = 200, (-2.0, -1.0, 1.0, 2.0)
# Points for each unit, and a ridge that leaves the logarithms of the bands as they are.
_POINTS, _FEWEST, _EXPONENT = 2, 200, -6.0
_TINY = 1e-300


def points(units: Units) -> Array:
    """Where bands are looked at: twice for each unit on the domain, and at its ends."""
    inside = units.places[np.abs(units.places) < 1]
    edges = np.unique(np.concatenate([[-1.0], inside, [1.0], np.linspace(-1, 1, _FEWEST)]))
    return np.sort(np.concatenate([edges, (edges[1:] + edges[:-1]) / 2]))


def averaged(fits: Sequence[Fit], observations: Observations, u: Array) -> Array:
    """Standard deviations by order at u (n,): of the fits together, each as likely as its evidence, around the best."""
    best = fits[0].posterior
    members = _members(fits, observations)
    weights = np.exp([score - max(score for score, _ in members) for score, _ in members])
    weights /= weights.sum()
    # Student's t for the variance that is estimated with f.
    freedom = max(3, len(observations.u) - best.differences)
    bands = np.empty((BAND_ORDERS + 1, len(u)))
    for order in range(BAND_ORDERS + 1):
        mean = best.values(u, order)
        spread = [one.variances(u, order) + (one.values(u, order) - mean) ** 2 for _, one in members]
        bands[order] = np.sqrt(weights @ np.array(spread) * freedom / (freedom - 2))
    return bands


def _members(fits: Sequence[Fit], observations: Observations) -> list[tuple[float, Smoothed]]:
    likely = sorted(((_plausibility(fit), fit) for fit in fits if fit.inside <= _WIDEST), key=lambda pair: -pair[0])
    near = [fit for score, fit in likely if score > likely[0][0] - _NATS][:_MOST] or list(fits[:1])
    members = [(_plausibility(fit), fit.posterior) for fit in near]
    if len(observations.u) < _FEW:
        for fit in near:
            smoother = Smoother(observations.equations(fit.posterior.units), fit.posterior.differences)
            beside = [smoother.at(fit.posterior.exponent + step) for step in _DECADES]
            gained = fit.posterior.log_evidence
            members += [(_plausibility(fit) + one.log_evidence - gained, one) for one in beside if one is not None]
    return members


def _plausibility(fit: Fit) -> float:
    """The score with half of the preference for smooth fits: with all of it the bands are too narrow."""
    return fit.score + fit.price / 2


def as_output_layers(units: Units, u: Array, bands: Array) -> Array:
    """Output layers (orders, units + 1) whose values are the logarithms of bands (orders, n) at u (n,)."""
    layers = []
    for band in bands:
        equations = NormalEquations(units)
        equations.add(u, np.log(np.maximum(band, _TINY)), np.ones_like(u))
        smoothed = Smoother(equations, 2).at(_EXPONENT)
        assert smoothed is not None, "the ridge makes it definite"
        layers.append(units.layers(smoothed.coefficients)[1])
    return np.array(layers)
