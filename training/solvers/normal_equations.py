"""Steps of Levenberg and Marquardt in the space of the parameters, for several outputs with shared hidden layers.

Where there are more samples than parameters JᵀJ is the small matrix (training.solvers.levenberg_marquardt has the
other case, and the references).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from training.arrays import Array
from training.models.jacobian import HiddenLayers

# After success the damping falls, after failure it rises, faster each time (training.solvers.levenberg_marquardt).
_FALL, _RISE, _RISE_OF_RISE = 3.0, 2.0, 1.5
_MIN_DAMPING, _MAX_DAMPING = 1e-15, 1e10


@dataclass(frozen=True)
class Step:
    """Parameters, the sum of squares that they leave, and the damping to go on with."""

    theta: Array
    cost: float
    damping: float


class SharedProblem(ABC):
    """A least-squares problem in parameters θ of outputs y (n, m) that share their hidden layers.

    Args:
        hidden: the hidden layers at the samples.
        y: (n, m).
        weights: (n,), what each sample's difference is multiplied with.
        ridge: μ, of the output layer.
    """

    def __init__(self, hidden: HiddenLayers, y: Array, weights: Array, ridge: float):
        self.hidden, self._weights, self._y, self._ridge = hidden, weights, y * weights[:, None], ridge

    @abstractmethod
    def start(self, hidden: Array) -> Array:
        """The θ to start from with such hidden layers."""

    @abstractmethod
    def cost(self, theta: Array) -> float:
        """The sum of squares, with μ times the output layers' own; infinite where it is no number."""

    @abstractmethod
    def normal_equations(self, theta: Array) -> tuple[Array, Array, float]:
        """JᵀJ, Jᵀr and the cost."""

    @abstractmethod
    def output_layers(self, theta: Array) -> Array:
        """The output layers of θ, (units + 1, m), the biases last."""

    def hidden_layers(self, theta: Array) -> Array:
        """The parameters of the hidden layers, (parameters,)."""
        return theta[: self.hidden.parameters]

    def scale(self, matrix: Array) -> Array:
        """What the damping of each parameter is in units of, (parameters,): of all the same."""
        return np.full(len(matrix), float(np.trace(matrix)) / len(matrix) or 1.0)

    def step(self, theta: Array, damping: float) -> Step | None:
        """The next θ, None where no damping gives a lower cost."""
        matrix, gradient, cost = self.normal_equations(theta)
        scale, rise = self.scale(matrix), _RISE
        while damping < _MAX_DAMPING:
            damped = matrix + damping * np.diag(scale)
            factor, failed = lapack.dpotrf(damped, lower=1, overwrite_a=1)
            if not failed:
                there = theta - lapack.dpotrs(factor, gradient, lower=1)[0]
                if (lower := self.cost(there)) < cost:
                    return Step(there, lower, max(damping / _FALL, _MIN_DAMPING))
            damping *= rise
            rise *= _RISE_OF_RISE
        return None
