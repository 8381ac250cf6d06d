"""Least squares in all weights at once, those of the output layers among them, in the space of the parameters."""

import numpy as np

from training.arrays import Array
from training.solvers.normal_equations import SharedProblem
from training.solvers.shared_projection import SharedProjection

# Relative to the largest: a unit that no sample depends on is damped, too.
_LEAST = 1e-12


class SharedLeastSquares(SharedProblem):
    """The problem in θ = the hidden layers, then the output layers (units + 1, m), flat, the biases last."""

    def start(self, hidden: Array) -> Array:
        """With the output layers that are best there."""
        projection = SharedProjection(self.hidden, self._y / self._weights[:, None], self._weights, self._ridge)
        return np.concatenate([hidden, projection.output_layers(hidden).ravel()])

    def cost(self, theta: Array) -> float:
        output = self.output_layers(theta)
        off = self._residual(self.hidden.features(self.hidden_layers(theta)), output)
        cost = float(np.sum(off**2) + self._ridge * np.sum(output**2))
        return cost if np.isfinite(cost) else np.inf

    def output_layers(self, theta: Array) -> Array:
        return theta[self.hidden.parameters :].reshape(-1, self._y.shape[1])

    def normal_equations(self, theta: Array) -> tuple[Array, Array, float]:
        linearisation, output = self.hidden.linearise(self.hidden_layers(theta)), self.output_layers(theta)
        features, (units, m), size = linearisation.features * self._weights[:, None], output.shape, len(theta)
        off = self._residual(linearisation.features, output)
        matrix, gradient = np.zeros((size, size)), np.zeros(size)
        transposed, p = np.empty((self.hidden.parameters, len(off))), self.hidden.parameters
        own = features.T @ features + self._ridge * np.eye(units)
        for k, (c, r) in enumerate(zip(output.T, off.T, strict=True)):
            linearisation.at(c, self._weights).write_jacobian(transposed)
            # Each output's weights lie m apart.
            columns = slice(p + k, None, m)
            matrix[:p, :p] += transposed @ transposed.T
            matrix[:p, columns] = transposed @ features
            matrix[columns, :p] = matrix[:p, columns].T
            matrix[columns, columns] = own
            gradient[:p] += transposed @ r
            gradient[columns] = features.T @ r + self._ridge * c
        return matrix, gradient, float(np.sum(off**2) + self._ridge * np.sum(output**2))

    def scale(self, matrix: Array) -> Array:
        """Of each its own (Marquardt, SIAM J. Appl. Math. 11, 1963): output and hidden layers are of different sizes.

        With the same for all the errors are three times as large after as many iterations.
        """
        own = np.diag(matrix)
        return np.asarray(np.maximum(own, _LEAST * own.max()))

    def _residual(self, features: Array, output: Array) -> Array:
        """Weighted, (n, m)."""
        return np.asarray((features @ output) * self._weights[:, None] - self._y)
