import numpy as np
import pytest

from training.models.jacobian import HiddenLayers
from training.solvers.shared_least_squares import SharedLeastSquares

RIDGE = 1e-3
GENERATOR = np.random.default_rng(0)
HIDDEN = HiddenLayers((4,), "tanh", GENERATOR.normal(size=(30, 2)))
Y, WEIGHTS = GENERATOR.normal(size=(30, 3)), GENERATOR.uniform(0.5, 2, 30)
PROBLEM = SharedLeastSquares(HIDDEN, Y, WEIGHTS, RIDGE)
THETA = PROBLEM.start(GENERATOR.normal(size=HIDDEN.parameters)) + 0.1


def residual(theta: np.ndarray) -> np.ndarray:
    """What is squared, the ridge's part included."""
    output = theta[HIDDEN.parameters :].reshape(-1, 3)
    off = (HIDDEN.features(theta[: HIDDEN.parameters]) @ output - Y) * WEIGHTS[:, None]
    return np.append(off.ravel(), np.sqrt(RIDGE) * output.ravel())


def test_the_matrix_is_that_of_gauss_and_newton() -> None:
    """Against differences of the residual in each parameter."""
    step = 1e-6
    j = np.column_stack(
        [(residual(THETA + step * e) - residual(THETA - step * e)) / (2 * step) for e in np.eye(len(THETA))]
    )
    matrix, gradient, cost = PROBLEM.normal_equations(THETA)
    np.testing.assert_allclose(matrix, j.T @ j, atol=1e-6)
    np.testing.assert_allclose(gradient, j.T @ residual(THETA), atol=1e-6)
    assert cost == pytest.approx(np.sum(residual(THETA) ** 2), rel=1e-12)
    assert PROBLEM.cost(THETA) == pytest.approx(cost, rel=1e-12)


def test_each_parameter_is_damped_by_its_own_size_and_none_by_nothing() -> None:
    np.testing.assert_array_equal(PROBLEM.scale(np.diag([4.0, 1.0, 0.0])), [4, 1, 4e-12])
