"""Variable projection for several outputs that share their hidden layers, in the space of the parameters.

Where there are more samples than parameters JᵀJ is the small matrix (training.solvers.variable_projection has the
other case, and the references). The output layers are the solution of a least-squares problem for given hidden layers
θ, and J is -(1 - QQᵀ) ∂(Φ c)/∂θ for each output, Q a basis of the columns of [Φ; √μ].
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lapack, qr, solve_triangular

from training.arrays import Array
from training.models.jacobian import HiddenLayers

# After success the damping falls, after failure it rises, faster each time (training.solvers.levenberg_marquardt).
_FALL, _RISE, _RISE_OF_RISE = 3.0, 2.0, 1.5
_MIN_DAMPING, _MAX_DAMPING = 1e-15, 1e10


@dataclass(frozen=True)
class Step:
    """Hidden layers, the sum of squares that they leave, and the damping to go on with."""

    theta: Array
    cost: float
    damping: float


class SharedProjection:
    """The least-squares problem in the hidden layers of outputs y (n, m).

    Args:
        hidden: the hidden layers at the samples.
        y: (n, m).
        weights: (n,), what each sample's difference is multiplied with.
        ridge: μ, of the output layer.
    """

    def __init__(self, hidden: HiddenLayers, y: Array, weights: Array, ridge: float):
        self.hidden, self._weights, self._y, self._ridge = hidden, weights, y * weights[:, None], ridge

    def cost(self, theta: Array) -> float:
        """The sum of squares that the best output layers leave, with μ times their own."""
        cost = self._project(self.hidden.features(theta)).cost
        return cost if np.isfinite(cost) else np.inf

    def output_layers(self, theta: Array) -> Array:
        """The best output layers, (units + 1, m), the biases last."""
        return self._project(self.hidden.features(theta)).output_layers

    def step(self, theta: Array, damping: float) -> Step | None:
        """The next hidden layers by Levenberg and Marquardt, None where no damping gives a lower cost."""
        matrix, gradient, cost = self._normal_equations(theta)
        scale, rise = float(np.trace(matrix)) / len(matrix) or 1.0, _RISE
        while damping < _MAX_DAMPING:
            damped = matrix + damping * scale * np.eye(len(matrix))
            factor, failed = lapack.dpotrf(damped, lower=1, overwrite_a=1)
            if not failed:
                there = theta - lapack.dpotrs(factor, gradient, lower=1)[0]
                if (lower := self.cost(there)) < cost:
                    return Step(there, lower, max(damping / _FALL, _MIN_DAMPING))
            damping *= rise
            rise *= _RISE_OF_RISE
        return None

    def _normal_equations(self, theta: Array) -> tuple[Array, Array, float]:
        """JᵀJ, Jᵀr and the cost."""
        linearisation = self.hidden.linearise(theta)
        projection = self._project(linearisation.features)
        size, transposed = linearisation.parameters, np.empty((linearisation.parameters, len(self._y)))
        matrix, gradient = np.zeros((size, size)), np.zeros(size)
        for c, r in zip(projection.output_layers.T, projection.residual.T, strict=True):
            linearisation.at(c, self._weights).write_jacobian(transposed)
            gradient -= transposed @ r
            inside = transposed @ projection.q
            outside = transposed - inside @ projection.q.T
            below = inside @ projection.q_below.T
            matrix += outside @ outside.T + below @ below.T
        return matrix, gradient, projection.cost

    def _project(self, features: Array) -> "_Projection":
        return _Projection(features * self._weights[:, None], self._y, self._ridge)


class _Projection:
    """The least-squares problem of the output layers, by a QR decomposition of [Φ; √μ]."""

    def __init__(self, features: Array, y: Array, ridge: float):
        rows, columns = features.shape
        padded = np.vstack([features, np.sqrt(ridge) * np.eye(columns)])
        basis, self._r = qr(padded, mode="economic", check_finite=False)
        self.q, self.q_below = basis[:rows], basis[rows:]
        self._rotated, self._y = self.q.T @ y, y

    @cached_property
    def residual(self) -> Array:
        """(n, m), of the samples alone."""
        return np.asarray(self._y - self.q @ self._rotated)

    @cached_property
    def cost(self) -> float:
        below = self.q_below @ self._rotated
        return float(np.sum(self.residual**2) + np.sum(below**2))

    @cached_property
    def output_layers(self) -> Array:
        return np.asarray(solve_triangular(self._r, self._rotated, check_finite=False))
