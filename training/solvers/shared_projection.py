"""Variable projection for several outputs that share their hidden layers, in the space of the parameters.

training.solvers.variable_projection has the case of more parameters than samples, and the references. The output
layers are the solution of a least-squares problem for given hidden layers θ, and J is -(1 - QQᵀ) ∂(Φ c)/∂θ for each
output, Q a basis of the columns of [Φ; √μ].
"""

from functools import cached_property

import numpy as np
from scipy.linalg import qr, solve_triangular

from training.arrays import Array
from training.solvers.normal_equations import SharedProblem


class SharedProjection(SharedProblem):
    """The problem in the hidden layers alone."""

    def start(self, hidden: Array) -> Array:
        return hidden

    def cost(self, theta: Array) -> float:
        cost = self._project(self.hidden.features(theta)).cost
        return cost if np.isfinite(cost) else np.inf

    def output_layers(self, theta: Array) -> Array:
        """The best ones."""
        return self._project(self.hidden.features(theta)).output_layers

    def normal_equations(self, theta: Array) -> tuple[Array, Array, float]:
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
