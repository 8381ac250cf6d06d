"""Levenberg-Marquardt with geodesic acceleration, for residuals with many parameters and few rows.

A step v solves (JᵀJ + λ) v = -Jᵀr. Here there are more parameters than rows, so that the small matrix is J Jᵀ:
v = -Jᵀ (J Jᵀ + λ)⁻¹ r. The residual's curvature along v corrects it (Transtrum and Sethna, arXiv:1201.5885, eq. 30),
which is worth one to two digits in f'' here for one more evaluation of the residual.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Array = NDArray[np.float64]

# Of a step, for the finite difference along it that gives the curvature (loc. cit., section 3).
_PROBE = 0.1
# A correction beyond this part of the step says that the step is too long to be trusted (loc. cit., eq. 31).
_MAX_CORRECTION = 0.75
# After success the damping falls, after failure it rises, faster each time.
_FALL, _RISE, _RISE_OF_RISE = 3.0, 2.0, 1.5
_MIN_DAMPING, _MAX_DAMPING = 1e-18, 1e10


class Residual(Protocol):
    """A least-squares problem near some parameters: r(θ + v) ≈ r + J v."""

    @property
    def value(self) -> Array:
        """r (rows,)."""

    @property
    def reduced(self) -> Array:
        """r in coordinates of the space that r and J lie in, (d,)."""

    @property
    def gram(self) -> Array:
        """J Jᵀ in these coordinates, (d, d)."""

    def reduce(self, r: Array) -> Array:
        """Any residual (rows,) in these coordinates, (d,)."""

    def lift(self, w: Array) -> Array:
        """Back, (rows,)."""

    def transposed(self, w: Array) -> Array:
        """Jᵀ times w (d,), (parameters,)."""


class Problem(Protocol):
    """What is minimised: the sum of squares of a residual."""

    def residual(self, theta: Array) -> Array:
        """r(θ), (rows,)."""

    def linearise(self, theta: Array) -> Residual:
        """r and its Jacobian at θ."""


@dataclass(frozen=True)
class Step:
    """A step that lowers the sum of squares, its new value there, and the damping that it was found with."""

    theta: Array
    cost: float
    damping: float


def iterate(problem: Problem, theta: Array, damping: float) -> Step | None:
    """The next step from theta with the damping to try next, None where no damping gives a step."""
    here = _Here(problem, theta)
    # Near the end the curvature drowns in rounding, and the plain step is what is left.
    best = here.first(damping, _MAX_CORRECTION) or here.first(damping, np.inf)
    if best is None:
        return None
    return replace(best, damping=max(best.damping / _FALL, _MIN_DAMPING))


class _Here:
    """The problem at the parameters that a step starts from."""

    def __init__(self, problem: Problem, theta: Array):
        self._problem, self._theta, self._residual = problem, theta, problem.linearise(theta)
        self._cost = float(self._residual.value @ self._residual.value)
        self._diagonal = np.diag_indices(len(self._residual.gram))

    def first(self, damping: float, max_correction: float) -> Step | None:
        """The step with the smallest damping that gives one, from this damping upwards."""
        rise = _RISE
        while damping < _MAX_DAMPING:
            if step := self.attempt(damping, max_correction):
                return step
            damping *= rise
            rise *= _RISE_OF_RISE
        return None

    def attempt(self, damping: float, max_correction: float) -> Step | None:
        """The step with this damping, None where it does not lower the cost or is too long to be trusted.

        A step whose correction may be of any size goes without it.
        """
        here = self._residual
        matrix = here.gram.copy(order="F")
        matrix[self._diagonal] += damping
        factor, failed = lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        if failed:
            return None
        w = _solve(factor, here.reduced)
        step = -here.transposed(w)
        if max_correction == np.inf:
            return self._taken(step, damping)
        probe = self._problem.residual(self._theta + _PROBE * step)
        predicted = here.lift(-(here.gram @ w))
        curvature = 2 / _PROBE * ((probe - here.value) / _PROBE - predicted)
        correction = -0.5 * here.transposed(_solve(factor, here.reduce(curvature)))
        if not 2 * np.linalg.norm(correction) <= max_correction * np.linalg.norm(step):
            return None
        return self._taken(step + correction, damping)

    def _taken(self, step: Array, damping: float) -> Step | None:
        theta = self._theta + step
        residual = self._problem.residual(theta)
        cost = float(residual @ residual)
        return Step(theta, cost, damping) if cost < self._cost else None


def _solve(factor: Array, right: Array) -> Array:
    solution: Array = lapack.dpotrs(factor, right, lower=1)[0]
    return solution
