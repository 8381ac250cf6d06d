"""The plain least-squares problem of all weights, hidden and output layers alike."""

from functools import cached_property

import numpy as np

from training.arrays import Array
from training.models.jacobian import HiddenLayers, Linearisation


class LeastSquares:
    """Residuals w (y - Φ(θ) c) in the parameters (θ, c) (training.solvers.levenberg_marquardt.Problem).

    Args:
        hidden: the hidden layers at the samples.
        y: (rows,), the samples and, below them, derivatives where these are matched.
        weights: (rows,), what each row's difference is multiplied with.
    """

    def __init__(self, hidden: HiddenLayers, y: Array, weights: Array):
        self._hidden, self._y, self._weights = hidden, y, weights

    def residual(self, theta: Array) -> Array:
        hidden, c = np.split(theta, [self._hidden.parameters])
        return self._weights * (self._y - self._hidden.features(hidden) @ c)

    def linearise(self, theta: Array) -> "LinearisedResidual":
        hidden, c = np.split(theta, [self._hidden.parameters])
        linearisation = self._hidden.linearise(hidden).at(c, self._weights)
        features = linearisation.features * self._weights[:, None]
        value = self._weights * (self._y - linearisation.features @ c)
        return LinearisedResidual(value, linearisation, features)


class LinearisedResidual:
    """The residual with its Jacobian, in its own coordinates (training.solvers.levenberg_marquardt.Residual)."""

    def __init__(self, value: Array, linearisation: Linearisation, features: Array):
        self.value = self.reduced = value
        self._linearisation, self._features = linearisation, features

    @cached_property
    def gram(self) -> Array:
        gram: Array = self._linearisation.gram() + self._features @ self._features.T
        return gram

    def reduce(self, r: Array) -> Array:
        return r

    def transposed(self, w: Array) -> Array:
        return -np.concatenate([self._linearisation.transposed(w), self._features.T @ w])
