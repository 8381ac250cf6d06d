import numpy as np
import pytest

from training.models.jacobian import HiddenLayers
from training.solvers.shared_projection import SharedProjection


def test_the_step_is_that_of_levenberg_and_marquardt() -> None:
    """The gradient of the cost is that of the projected problem, and the step goes down it when it is damped."""
    generator = np.random.default_rng(0)
    hidden = HiddenLayers((4, 3), "tanh", generator.normal(size=(30, 2)))
    y, weights = generator.normal(size=(30, 2)), generator.uniform(0.5, 2, 30)
    problem, theta = SharedProjection(hidden, y, weights, 1e-3), generator.normal(size=hidden.parameters)
    matrix, gradient, cost = problem._normal_equations(theta)
    assert cost == pytest.approx(problem.cost(theta), rel=1e-12)
    step = 1e-6
    slopes = [
        (problem.cost(theta + step * e) - problem.cost(theta - step * e)) / (2 * step) for e in np.eye(len(theta))
    ]
    np.testing.assert_allclose(2 * gradient, slopes, rtol=1e-5, atol=1e-6)
    assert np.linalg.eigvalsh(matrix).min() > -1e-9
    found = problem.step(theta, 1e-2)
    assert found is not None
    assert found.cost < cost
