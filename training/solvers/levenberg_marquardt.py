"""Levenberg-Marquardt with corrected steps, for residuals with many parameters and few rows.

A step v solves (JᵀJ + λ) v = -Jᵀr. Here there are more parameters than rows, so that the small matrix is J Jᵀ:
v = -Jᵀ w with (J Jᵀ + λ) w = r. The residual where the step leads corrects it, with the same matrix:
(J Jᵀ + λ) w' = r(θ + v) + J Jᵀ w. Once, this is the geodesic acceleration of Transtrum and Sethna (arXiv:1201.5885,
eq. 30) with the curvature taken over the whole step; again and again, it is the chord method for Jᵀr(θ + v) + λ v = 0.
A correction costs an evaluation of the residual, a tenth of the matrix, and is worth two digits in f'' here. Over a
tenth of the step, as there, the curvature drowns in rounding earlier, and a digit is lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.linalg import lapack

from training.arrays import Array

# Of a step. One is nearly as good in the median of five seeds, but the worst is twice as bad; five gained nothing.
_CORRECTIONS = 2
# Relative to the step: a larger correction says that the step is too long to be trusted (loc. cit., eq. 31).
_MAX_CHANGE = 0.375
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
    # Near the end corrections drown in rounding, and the plain step is what is left.
    best = here.first(damping, here.corrected) or here.first(damping, here.plain)
    if best is None:
        return None
    return replace(best, damping=max(best.damping / _FALL, _MIN_DAMPING))


class _Here:
    """The problem at the parameters that a step starts from."""

    def __init__(self, problem: Problem, theta: Array):
        self._problem, self._theta, self._residual = problem, theta, problem.linearise(theta)
        self._cost = float(self._residual.value @ self._residual.value)
        self._diagonal = np.diag_indices(len(self._residual.gram))

    def first(self, damping: float, steps: "Callable[[Array, float], Iterator[Step]]") -> Step | None:
        """The best of the steps with the smallest damping that lowers the cost, from this damping upwards."""
        rise = _RISE
        while damping < _MAX_DAMPING:
            factor = self._factor(damping)
            best = None if factor is None else min(steps(factor, damping), key=lambda step: step.cost, default=None)
            if best is not None and best.cost < self._cost:
                return best
            damping *= rise
            rise *= _RISE_OF_RISE
        return None

    def plain(self, factor: Array, damping: float) -> Iterator[Step]:
        """The step alone."""
        step = -self._residual.transposed(_solve(factor, self._residual.reduced))
        yield self._step(step, self._problem.residual(self._theta + step), damping)

    def corrected(self, factor: Array, damping: float) -> Iterator[Step]:
        """The step after each of its corrections, as long as these are small."""
        here = self._residual
        w = _solve(factor, here.reduced)
        step = -here.transposed(w)
        length = np.linalg.norm(step)
        residual = self._problem.residual(self._theta + step)
        for _ in range(_CORRECTIONS):
            w = _solve(factor, here.reduce(residual) + here.gram @ w)
            before, step = step, -here.transposed(w)
            if not np.linalg.norm(step - before) <= _MAX_CHANGE * length:
                return
            residual = self._problem.residual(self._theta + step)
            yield self._step(step, residual, damping)

    def _factor(self, damping: float) -> Array | None:
        """Cholesky's of J Jᵀ + λ, None where rounding has made that indefinite."""
        matrix = self._residual.gram.copy(order="F")
        matrix[self._diagonal] += damping
        factor, failed = lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        return None if failed else factor

    def _step(self, step: Array, residual: Array, damping: float) -> Step:
        cost = float(residual @ residual)
        return Step(self._theta + step, cost if np.isfinite(cost) else np.inf, damping)


def _solve(factor: Array, right: Array) -> Array:
    solution: Array = lapack.dpotrs(factor, right, lower=1)[0]
    return solution
