"""On problems of textbooks, whose minima are known."""

import numpy as np
import pytest

from training.arrays import Array
from training.solvers.levenberg_marquardt import Residual, iterate


class Dense:
    """A residual and its Jacobian at a point."""

    def __init__(self, value: Array, jacobian: Array):
        self.value = self.reduced = value
        self._jacobian, self.gram = jacobian, jacobian @ jacobian.T

    def reduce(self, r: Array) -> Array:
        return r

    def transposed(self, w: Array) -> Array:
        return w @ self._jacobian


class Rosenbrock:
    """10 (b - a²), 1 - a: a narrow curved valley to (1, 1), and a third parameter that changes nothing."""

    def residual(self, theta: Array) -> Array:
        a, b, _ = theta
        return np.array([10 * (b - a**2), 1 - a])

    def linearise(self, theta: Array) -> Residual:
        return Dense(self.residual(theta), np.array([[-20 * theta[0], 10.0, 0.0], [-1.0, 0.0, 0.0]]))


def test_the_valley_is_followed_to_its_end() -> None:
    theta, damping, costs = np.array([-1.2, 1.0, 5.0]), 1e-2, [24.2]
    for _ in range(50):
        step = iterate(Rosenbrock(), theta, damping)
        if step is None:
            break
        theta, damping = step.theta, step.damping
        costs.append(step.cost)
    np.testing.assert_allclose(theta, [1, 1, 5], rtol=1e-12)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 1e-25


def test_at_a_minimum_there_is_no_step() -> None:
    assert iterate(Rosenbrock(), np.ones(3), 1e-2) is None


@pytest.mark.parametrize("start", [-1.2, 0.5, 3.0])
def test_a_step_tells_its_cost(start: float) -> None:
    step = iterate(Rosenbrock(), np.array([start, 1.0, 0.0]), 1e-2)
    assert step is not None
    residual = Rosenbrock().residual(step.theta)
    assert step.cost == residual @ residual
