"""Fits to scattered samples with noise: features drawn, and an output layer by the evidence, with bands.

The directions of the features follow the average outer product of the fit's own gradients, found anew from round to
round; how steep they are is what the evidence says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.evidence.ridge import Posterior, Triangle
from training.models.field_network import FieldLayers, FieldNetwork, FieldScaling, evaluate
from training.surrogates.ridge_features import RidgeFeatures, metric_root
from training.surrogates.samples import FieldSamples

# Steepnesses tried in the first round, in which all directions are alike; later rounds look around the best so far.
_STEEPNESSES = (0.1, 0.2, 0.4, 0.8, 1.6)
_FINER, _ROUNDS = (0.5, 0.7071, 1.4142, 2.0), 3
# Powers of the average outer product of gradients; its first may make directions collapse.
_POWERS = (0.5, 1.0)
# Units by which directions and steepness are found, and those of the fit.
_SEARCHED, MOST_UNITS = 300, 800
_SEARCHED_SAMPLES = 4_000
_GRADIENTS = 2_000
_CHUNK = 4_096


@dataclass(frozen=True)
class Evident:
    """A fit with the posterior of its output layer.

    Attributes:
        features: the hidden layer.
        scaling: of the samples.
        posteriors: of the output layer, one for each output, in units of scaled y.
        steepness, root: how the features were drawn.
    """

    features: RidgeFeatures
    scaling: FieldScaling
    posteriors: Sequence[Posterior]
    steepness: float
    root: Array

    @cached_property
    def layers(self) -> FieldLayers:
        """The network of the posterior's mean."""
        return self.features.layers(np.column_stack([one.mean for one in self.posteriors]), self.scaling)

    @property
    def noise_std(self) -> Array:
        """The standard deviation of a sample of weight 1, (m,)."""
        return np.array([one.noise_std for one in self.posteriors]) * self.scaling.y_scale

    @property
    def log_evidence(self) -> float:
        """The log evidence of all outputs together."""
        return sum(one.log_evidence for one in self.posteriors)

    @property
    def roots(self) -> Array:
        """Roots of the covariances of the output layers, (m, units + 1, units + 1), the bias last, in units of y."""
        return np.stack([one.root * s for one, s in zip(self.posteriors, self.scaling.y_scale, strict=True)])

    def posterior_std(self, x: Array, gradient: bool = True) -> tuple[Array, ...]:
        """Standard deviations of the value (n, m) and, if wanted, of the gradient (n, m, d) at x (n, d).

        Those of a new sample have the noise beside them: √(posterior_std² + noise_std²).
        """
        u, roots = (x - self.scaling.x_center) / self.scaling.x_scale, self.roots
        values = np.stack([_lengths(self.features.values(u) @ root) for root in roots], axis=1)
        if not gradient:
            return (values,)
        derivatives = self.features.derivatives(u)
        rows = self.features.weights / self.scaling.x_scale[:, None]
        gradients = [[_lengths((derivatives * row) @ root[:-1]) for row in rows] for root in roots]
        return values, np.moveaxis(np.array(gradients), -1, 0)


def fit(samples: FieldSamples, seed: int, units: int = MOST_UNITS, weights: Array | None = None) -> Evident:
    """The fit of samples with noise.

    Args:
        samples: with the gradients, if these are known, which are then fitted too; a Hessian is not looked at.
        seed: draws the features.
        units: of the hidden layer, at most.
        weights: (n,) of the samples, the reciprocals of their standard errors, about 1; all alike if not given.
    """
    found = _Fits(samples, seed, np.ones(len(samples.x)) if weights is None else weights)
    few, alike = min(units, _SEARCHED), np.eye(samples.x.shape[1])
    best = max((found.at(few, steepness, alike) for steepness in _STEEPNESSES), key=_evidence)
    for _ in range(_ROUNDS):
        before, gradients = best, found.gradients(best)
        for power in _POWERS:
            best = max(best, found.at(few, best.steepness, metric_root(gradients, power)), key=_evidence)
        for factor in _FINER:
            best = max(best, found.at(few, best.steepness * factor, best.root), key=_evidence)
        if best is before:
            break
    return found.at(units, best.steepness, best.root, every=True)


class _Fits:
    """Fits to some samples by features that are drawn alike."""

    def __init__(self, samples: FieldSamples, seed: int, weights: Array):
        x, spread = samples.x, samples.x.std(axis=0)
        self._scaling = FieldScaling.of(x.mean(axis=0), np.where(spread > 0, spread, 1.0), samples.y)
        self._u = (x - self._scaling.x_center) / self._scaling.x_scale
        self._y = (samples.y - self._scaling.y_center) / self._scaling.y_scale
        self._x, self._weights, self._seed = x, weights[:, None], seed
        self._known = self._scaled(samples.values[1]) if len(samples.values) > 1 else None

    def gradients(self, fit: Evident) -> Array:
        """The gradients of a fit at some of the samples, (n, m, d), scaled."""
        _, gradients = evaluate(FieldNetwork(fit.layers), self._x[self._some(_GRADIENTS)], 1)
        return self._scaled(gradients)

    def at(self, units: int, steepness: float, root: Array, every: bool = False) -> Evident:
        """The fit with so many units drawn like that, to every sample or to some thousand of them."""
        generator = np.random.default_rng([self._seed, units])
        places = self._u[generator.integers(len(self._u), size=units)]
        features = RidgeFeatures.draw(places, steepness, root, generator)
        rows, triangle = self._some(len(self._u) if every else _SEARCHED_SAMPLES), Triangle()
        for start in range(0, len(rows), max(_CHUNK, 2 * units)):
            part = rows[start : start + max(_CHUNK, 2 * units)]
            triangle.add(features.values(self._u[part]) * self._weights[part], self._y[part] * self._weights[part])
            self._add_gradients(triangle, features, part)
        return Evident(features, self._scaling, triangle.posteriors(), steepness, root)

    def _add_gradients(self, triangle: Triangle, features: RidgeFeatures, part: NDArray[np.intp]) -> None:
        """Rows of the given partial derivatives, each of the weight that brings it to the order of y."""
        if self._known is None:
            return
        derivatives = features.derivatives(self._u[part])
        for variable, row in enumerate(features.weights):
            known = self._known[:, :, variable]
            weights = self._weights[part] / (float(np.std(known)) or 1.0)
            rows = np.column_stack([derivatives * row, np.zeros(len(part))])
            triangle.add(rows * weights, known[part] * weights)

    def _scaled(self, gradients: Array) -> Array:
        return np.asarray(gradients * self._scaling.x_scale / self._scaling.y_scale[:, None])

    def _some(self, most: int) -> NDArray[np.intp]:
        if len(self._u) <= most:
            return np.arange(len(self._u))
        return np.random.default_rng(self._seed).choice(len(self._u), most, replace=False)


def _evidence(fit: Evident) -> float:
    return fit.log_evidence


def _lengths(rows: Array) -> Array:
    return np.asarray(np.sqrt(np.sum(rows**2, axis=1)))
