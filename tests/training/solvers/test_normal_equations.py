import numpy as np
import pytest

from training.models.jacobian import HiddenLayers
from training.solvers.normal_equations import SharedProblem
from training.solvers.shared_least_squares import SharedLeastSquares
from training.solvers.shared_projection import SharedProjection


@pytest.mark.parametrize("kind", [SharedProjection, SharedLeastSquares])
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_step_is_that_of_levenberg_and_marquardt(kind: type[SharedProblem], outputs: int) -> None:
    """The gradient is that of the cost, and the step goes down it when it is damped."""
    generator = np.random.default_rng(0)
    hidden = HiddenLayers((4, 3), "tanh", generator.normal(size=(30, 2)))
    y, weights = generator.normal(size=(30, outputs)), generator.uniform(0.5, 2, 30)
    problem = kind(hidden, y, weights, 1e-3)
    theta = problem.start(generator.normal(size=hidden.parameters))
    theta += 0.1 * generator.normal(size=len(theta))
    matrix, gradient, cost = problem.normal_equations(theta)
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


def test_all_weights_at_once_start_where_projection_does() -> None:
    generator = np.random.default_rng(0)
    hidden = HiddenLayers((4,), "tanh", generator.normal(size=(30, 2)))
    y, weights = generator.normal(size=(30, 2)), generator.uniform(0.5, 2, 30)
    first = generator.normal(size=hidden.parameters)
    projection, whole = (kind(hidden, y, weights, 1e-3) for kind in (SharedProjection, SharedLeastSquares))
    assert whole.cost(whole.start(first)) == pytest.approx(projection.cost(first), rel=1e-12)
    np.testing.assert_allclose(whole.output_layers(whole.start(first)), projection.output_layers(first))
