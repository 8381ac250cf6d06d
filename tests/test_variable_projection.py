import numpy as np
import pytest
from numpy.typing import NDArray

from training import variable_projection
from training.initialization import hidden_layers
from training.least_squares import LeastSquares
from training.sensitivities import HiddenLayers
from training.variable_projection import VariableProjection

Array = NDArray[np.float64]
X = np.linspace(-1, 1, 25)
SIZES = (6, 5)
RIDGE = 1e-4


def problem(order: int = 0) -> tuple[VariableProjection, HiddenLayers, Array, Array, Array]:
    generator = np.random.default_rng(3)
    hidden = HiddenLayers(SIZES, "tanh", X, order)
    y, weights = generator.normal(size=hidden.rows), generator.uniform(0.5, 2, hidden.rows)
    return VariableProjection(hidden, y, weights, RIDGE), hidden, y, weights, hidden_layers(SIZES, 0)


def solution(hidden: HiddenLayers, y: Array, weights: Array, theta: Array) -> Array:
    """The output layer by the normal equations."""
    features = hidden.features(theta) * weights[:, None]
    gram = features.T @ features + RIDGE * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(gram, features.T @ (weights * y)))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_output_layer_solves_its_least_squares_problem(order: int) -> None:
    projection, hidden, y, weights, theta = problem(order)
    c = solution(hidden, y, weights, theta)
    np.testing.assert_allclose(projection.output_layer(theta), c, rtol=1e-8, atol=1e-10)
    residual = np.concatenate([weights * (y - hidden.features(theta) @ c), -np.sqrt(RIDGE) * c])
    np.testing.assert_allclose(projection.residual(theta), residual, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("wide", [False, True])
def test_the_gradient_is_that_of_the_projected_cost(wide: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kaufman's Jacobian leaves a term out that is orthogonal to the residual: the gradient is exact."""
    monkeypatch.setattr(variable_projection, "_WIDE", 0 if wide else 40)
    projection, _, _, _, theta = problem()

    def cost(at: Array) -> float:
        residual = projection.residual(at)
        return float(residual @ residual)

    here = projection.linearise(theta)
    gradient = 2 * here.transposed(here.reduced)
    step = 1e-6
    for index in range(0, len(theta), 5):
        unit = step * np.eye(len(theta))[index]
        assert gradient[index] == pytest.approx((cost(theta + unit) - cost(theta - unit)) / (2 * step), abs=1e-6)


def test_both_ways_to_the_gram_matrix_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    projection, _, _, _, theta = problem(1)
    explicit = projection.linearise(theta)
    monkeypatch.setattr(variable_projection, "_WIDE", 0)
    closed = problem(1)[0].linearise(theta)
    np.testing.assert_allclose(explicit.gram, closed.gram, rtol=1e-9, atol=1e-9)
    w = np.random.default_rng(4).normal(size=len(explicit.reduced))
    np.testing.assert_allclose(explicit.transposed(w), closed.transposed(w), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(explicit.reduce(explicit.value), explicit.reduced, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("order", [0, 2])
def test_without_projection_the_gradient_is_exact_too(order: int) -> None:
    _, hidden, y, weights, theta = problem(order)
    plain = LeastSquares(hidden, y, weights)
    everything = np.concatenate([theta, np.linspace(-1, 1, SIZES[-1] + 1)])

    def cost(at: Array) -> float:
        residual = plain.residual(at)
        return float(residual @ residual)

    here = plain.linearise(everything)
    np.testing.assert_array_equal(here.value, plain.residual(everything))
    gradient = 2 * here.transposed(here.value)
    for index in range(0, len(everything), 7):
        unit = 1e-6 * np.eye(len(everything))[index]
        numeric = (cost(everything + unit) - cost(everything - unit)) / 2e-6
        assert gradient[index] == pytest.approx(numeric, rel=1e-6, abs=1e-5)
    jacobian = np.array([here.transposed(row) for row in np.eye(hidden.rows)])
    np.testing.assert_allclose(here.gram, jacobian @ jacobian.T, rtol=1e-10, atol=1e-10)
