"""Variable projection: the output layer is eliminated, and the hidden layers alone are trained.

For given hidden layers the output layer c is a linear least-squares problem, min ‖y - Φ c‖² + μ ‖c‖². What is left of
y is the residual of a problem in the hidden layers θ (Golub and Pereyra, Inverse Problems 19, 2003, R1), whose Jacobian
is -(1 - QQᵀ) ∂(Φ c)/∂θ at fixed c (Kaufman's simplification, BIT 15, 1975), Q a basis of the columns of Φ and √μ below.
"""

from functools import cached_property

import numpy as np
from scipy.linalg import lapack

from training.arrays import Array
from training.models.jacobian import HiddenLayers, Linearisation

# With more parameters than this for each row the Jacobian is never formed: its Gram matrix has a closed form, which
# loses three digits to projecting the Jacobian first and is far cheaper (200,200: 40,600 parameters, 300 rows).
_WIDE = 40


class VariableProjection:
    """The problem in the hidden layers (training.solvers.levenberg_marquardt.Problem).

    Args:
        hidden: the hidden layers at the samples.
        y: (rows,), the samples and, below them, derivatives where these are matched.
        weights: (rows,), what each row's difference is multiplied with.

    Attributes:
        ridge: μ; lowered while the fit improves.
    """

    def __init__(self, hidden: HiddenLayers, y: Array, weights: Array, ridge: float):
        self.hidden, self.ridge, self._weights = hidden, ridge, weights
        self._y = weights * y
        columns = hidden.shapes[-1][1] + 1
        wide = hidden.parameters > _WIDE * hidden.rows
        self._memory = None if wide else np.zeros((hidden.parameters, hidden.rows + columns))

    def residual(self, theta: Array) -> Array:
        """The residual of the best output layer, with √μ c below it."""
        return self._project(self.hidden.features(theta)).value

    def output_layer(self, theta: Array) -> Array:
        """The best c for these hidden layers, (units + 1,), the bias last."""
        return self._project(self.hidden.features(theta)).output_layer

    def linearise(self, theta: Array) -> "ProjectedResidual":
        linearisation = self.hidden.linearise(theta)
        projection = self._project(linearisation.features)
        return ProjectedResidual(projection, linearisation.at(projection.output_layer, self._weights), self._memory)

    def _project(self, features: Array) -> "_Projection":
        return _Projection(features * self._weights[:, None], self._y, self.ridge)


class _Projection:
    """The least-squares problem of the output layer, by a QR decomposition of [Φ; √μ] kept as reflectors."""

    def __init__(self, features: Array, y: Array, ridge: float):
        rows, columns = features.shape
        matrix = np.zeros((rows + columns, columns), order="F")
        matrix[:rows] = features
        matrix[range(rows, rows + columns), range(columns)] = np.sqrt(ridge)
        self._qr, self._tau, _, _ = lapack.dgeqrf(matrix, overwrite_a=1)
        self.rows, self.columns = rows, columns
        self._rotated = self.rotate(np.concatenate([y, np.zeros(columns)])[:, None], "T")

    def rotate(self, right: Array, transposed: str) -> Array:
        """Q, or its transpose ("T"), times right (rows + columns, k), in the memory of right."""
        size = 64 * max(right.shape[1], self.columns)
        return np.asarray(lapack.dormqr("L", transposed, self._qr, self._tau, right, size, overwrite_c=1)[0])

    def lift(self, w: Array) -> Array:
        """w (rows,), coordinates of the complement of the columns, (rows + columns,)."""
        return self.rotate(np.concatenate([np.zeros(self.columns), w])[:, None], "N")[:, 0]

    def reduce(self, r: Array) -> Array:
        """The coordinates of r (rows + columns,) in the complement of the columns, (rows,)."""
        return self.rotate(r[:, None].copy(), "T")[self.columns :, 0]

    @cached_property
    def reduced(self) -> Array:
        return self._rotated[self.columns :, 0]

    @cached_property
    def value(self) -> Array:
        return self.lift(self.reduced)

    @cached_property
    def output_layer(self) -> Array:
        return np.asarray(lapack.dtrtrs(self._qr[: self.columns], self._rotated[: self.columns])[0][:, 0])


class ProjectedResidual:
    """The residual with its Jacobian, in coordinates of the complement of Φ's columns (Residual)."""

    def __init__(self, projection: _Projection, linearisation: Linearisation, memory: Array | None):
        self._projection, self._linearisation = projection, linearisation
        self.value, self.reduced = projection.value, projection.reduced
        self.reduce = projection.reduce
        self._jacobian: Array | None = None
        if memory is None:
            self.gram = self._project(self._project(linearisation.gram()).T)
            return
        linearisation.write_jacobian(memory[:, : projection.rows])
        memory[:, projection.rows :] = 0
        self._jacobian = projection.rotate(memory.T, "T")[projection.columns :]
        self.gram = self._jacobian @ self._jacobian.T

    def transposed(self, w: Array) -> Array:
        if self._jacobian is not None:
            return -(w @ self._jacobian)
        return -self._linearisation.transposed(self._projection.lift(w)[: self._projection.rows])

    def _project(self, matrix: Array) -> Array:
        """Qᵀ [matrix; 0] without the rows that belong to Φ's columns."""
        padded = np.zeros((self._projection.rows + self._projection.columns, matrix.shape[1]), order="F")
        padded[: len(matrix)] = matrix
        return self._projection.rotate(padded, "T")[self._projection.columns :]
