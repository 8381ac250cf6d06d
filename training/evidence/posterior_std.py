"""How far f, f' and f'' may be from a fit, and its logarithm as one more output of the same units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import convolve1d

from training.arrays import Array
from training.evidence.smoothing import NormalEquations, Smoothed, Smoother
from training.evidence.smoothness import Fit, Observations
from training.features.local import Units
from training.models.networks import POSTERIOR_ORDERS

# Fits that are as good as the best one but for so many nats count, and so many at most; wide layers cost too much.
_NATS, _MOST, _WIDEST = 4.6, 6, 320
# Fewer samples than this also leave open how smooth f is at a given number of units: decades of λ.
_FEW, _DECADES = 200, (-2.0, -1.0, 1.0, 2.0)
# Points for each unit, and a ridge that leaves the logarithms of the standard deviations as they are.
_POINTS, _FEWEST, _EXPONENT = 2, 200, -6.0
_TINY = 1e-300
# Draws of the noise that calibrate the standard deviations, by what these are multiplied at least and at most, and the
# part of the points that are near one.
_DRAWN, _SMALLEST, _LARGEST, _NEARBY = 50, 0.5, 4.0, 0.1
# What a smoother takes away from what is found, to what it has taken away from f: some is taken away already.
_TAKEN_AWAY = 2.5
# By how much more units a fit is finer, and how many times its difference from the other is what the noise explains,
# where units are missing.
_FINER, _UNEXPLAINED = 1.9, 4.0


def points(units: Units) -> Array:
    """Where standard deviations are looked at: twice for each unit on the domain, and at its ends."""
    inside = units.places[np.abs(units.places) < 1]
    edges = np.unique(np.concatenate([[-1.0], inside, [1.0], np.linspace(-1, 1, _FEWEST)]))
    return np.sort(np.concatenate([edges, (edges[1:] + edges[:-1]) / 2]))


@dataclass(frozen=True)
class Ensemble:
    """Fits that count, each as likely as its evidence.

    Attributes:
        best: the fit of the highest score.
        finer: one with about twice as many units, placed alike, if any.
        posteriors, weights: of all of them, the likeliest first.
        is_mean: whether the fit is their mean, as of few samples, or the best.
    """

    best: Smoothed
    finer: Smoothed | None
    posteriors: list[Smoothed]
    weights: Array
    is_mean: bool

    @classmethod
    def of(cls, fits: Sequence[Fit], observations: Observations) -> "Ensemble":
        """The fits that are nearly as good as the best one; of few samples with other λ as well."""
        found = _members(fits, observations)
        weights = np.exp([score - max(score for score, _ in found) for score, _ in found])
        is_mean = len(observations.u) < _FEW
        return cls(fits[0].posterior, _finer(fits), [one for _, one in found], weights / weights.sum(), is_mean)

    @property
    def lead(self) -> Smoothed:
        """Whose units are the first of the layers."""
        return self.posteriors[0] if self.is_mean else self.best

    def layers(self) -> tuple[Array, Array]:
        """The hidden layer and the output layer of the fit."""
        if not self.is_mean:
            return self.best.units.layers(self.best.coefficients)
        # Fits with other λ have the same units.
        summed: dict[int, tuple[Units, Array]] = {}
        for one, weight in zip(self.posteriors, self.weights, strict=True):
            before = summed.get(id(one.units), (one.units, np.zeros_like(one.coefficients)))[1]
            summed[id(one.units)] = one.units, before + weight * one.coefficients
        hidden, output = zip(*(units.layers(coefficients) for units, coefficients in summed.values()), strict=True)
        halves = [np.concatenate(half) for half in zip(*(np.split(layer, 2) for layer in hidden), strict=True)]
        weights = np.concatenate([layer[:-1] for layer in output])
        return np.concatenate(halves), np.append(weights, sum(layer[-1] for layer in output))

    def values(self, u: Array, order: int) -> Array:
        """The fit's derivative at u (n,)."""
        if not self.is_mean:
            return self.best.values(u, order)
        return np.asarray(self.weights @ np.array([one.values(u, order) for one in self.posteriors]))

    def posterior_std(self, observations: Observations, u: Array) -> Array:
        """Standard deviations by order at u (n,), around the fit."""
        # Student's t for the variance that is estimated with f.
        freedom = max(3, len(observations.u) - self.best.differences)
        std = np.empty((POSTERIOR_ORDERS + 1, len(u)))
        for order in range(POSTERIOR_ORDERS + 1):
            mean = self.values(u, order)
            spread = [one.variances(u, order) + (one.values(u, order) - mean) ** 2 for one in self.posteriors]
            std[order] = np.sqrt(self.weights @ np.array(spread) * freedom / (freedom - 2))
        return std if self.is_mean else std * _calibration(self, observations, u, std)


def _calibration(ensemble: Ensemble, observations: Observations, u: Array, std: Array) -> Array:
    """What the errors of f, f' and f'' near u (n,) are to std (orders, n), if f is as it is found; (orders, n).

    A prior that is right for f on average expects too much of f'' where f is smooth, and too little where it bends.
    The error of a smoother is what it makes of the noise, what it takes away from f, and what its units cannot show.
    """
    best = ensemble.best
    drawn = np.random.default_rng(0).normal(size=(_DRAWN, len(best.coefficients)))
    noise, bias = best.errors(observations.equations(best.units), drawn)
    near, found = max(3, int(_NEARBY * len(u))), np.empty_like(std)
    means, unseen = np.full(near, 1 / near), _unseen(best, ensemble.finer, u)
    for order, each in enumerate(std):
        made, taken = (best.units.times(coefficients, u, order) for coefficients in (noise, bias[:, None]))
        errors = np.mean(made**2, axis=1) + (_TAKEN_AWAY * taken[:, 0]) ** 2
        squares = convolve1d(errors, means) + np.maximum(convolve1d(unseen[order], means), 0.0)
        found[order] = np.sqrt(squares) / np.maximum(each, _TINY)
    return np.clip(found, _SMALLEST, _LARGEST)


def _unseen(best: Smoothed, finer: Smoothed | None, u: Array) -> Array:
    """The squares of f, f' and f'' at u (n,) that the units are too few for, as a finer fit shows them; (orders, n).

    Where they are enough, the square of the difference is that of the variances, on average (Hausman, Specification
    tests in econometrics, Econometrica 46, 1978).
    """
    orders = range(POSTERIOR_ORDERS + 1)
    if finer is None:
        return np.zeros((len(orders), len(u)))
    squares = np.array([(finer.values(u, order) - best.values(u, order)) ** 2 for order in orders])
    explained = np.array([finer.variances(u, order) - best.variances(u, order) for order in orders])
    explained = np.maximum(explained, 0.0)
    are_missing = squares[0].mean() > _UNEXPLAINED * explained[0].mean()
    return np.asarray(are_missing * (squares - explained))


def _finer(fits: Sequence[Fit]) -> Smoothed | None:
    """The best of the fits with the fewest units that are far more than the first fit's."""
    first = fits[0]
    finer = [fit for fit in fits if fit.placement == first.placement and _FINER * first.inside <= fit.inside <= _WIDEST]
    return min(finer, key=lambda fit: (fit.inside, -fit.score)).posterior if finer else None


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
    """The score with half of the preference for smooth fits: with all of it the standard deviations are too small."""
    return fit.score + fit.price / 2


def as_output_layers(units: Units, u: Array, std: Array, size: int) -> Array:
    """Output layers (orders, size) whose values are the logarithms of std (orders, n) at u (n,).

    They are of these units, then of others, which have no part in them, and a bias.
    """
    layers = []
    for each in std:
        equations = NormalEquations(units)
        equations.add(u, np.log(np.maximum(each, _TINY)), np.ones_like(u))
        smoothed = Smoother(equations, 2).at(_EXPONENT)
        assert smoothed is not None, "the ridge makes it definite"
        *weights, bias = units.layers(smoothed.coefficients)[1]
        layers.append([*weights, *np.zeros(size - 1 - len(weights)), bias])
    return np.array(layers)
