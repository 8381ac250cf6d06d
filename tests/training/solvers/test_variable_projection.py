from collections.abc import Callable
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest

from tests.support.rounding import assert_close, wide
from training.arrays import Array
from training.models.jacobian import HiddenLayers
from training.solvers import variable_projection
from training.solvers.initializers import hidden_layers
from training.solvers.least_squares import LeastSquares
from training.solvers.variable_projection import VariableProjection

mpmath: Any = _mpmath  # it has no types
X = np.linspace(-1, 1, 25)
SIZES = (6, 5)
RIDGE = 1e-4


def problem(order: int = 0) -> tuple[VariableProjection, HiddenLayers, Array, Array, Array]:
    generator = np.random.default_rng(3)
    hidden = HiddenLayers(SIZES, "tanh", X, order)
    y, weights = generator.normal(size=hidden.rows), generator.uniform(0.5, 2, hidden.rows)
    return VariableProjection(hidden, y, weights, RIDGE), hidden, y, weights, hidden_layers(SIZES, 0)


def solution(features: Array, y: Array, weights: Array) -> Array:
    """The output layer by the normal equations, in high precision."""
    with mpmath.workdps(40):
        matrix = mpmath.diag(weights.tolist()) * mpmath.matrix(features.tolist())
        gram = matrix.T * matrix + mpmath.mpf(RIDGE) * mpmath.eye(features.shape[1])
        c = mpmath.lu_solve(gram, matrix.T * mpmath.matrix([w * v for w, v in zip(weights, y, strict=True)]))
    return np.array([np.longdouble(mpmath.nstr(value, 25)) for value in c])


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_output_layer_solves_its_least_squares_problem(order: int) -> None:
    projection, hidden, y, weights, theta = problem(order)
    features = hidden.features(theta)
    c = solution(features, y, weights)
    stacked = np.vstack([features * weights[:, None], np.sqrt(RIDGE) * np.eye(features.shape[1])])
    magnitude = np.linalg.cond(stacked) * np.abs(c).max()
    assert_close(projection.output_layer(theta), c, len(y), magnitude)
    residual = np.concatenate([weights * (y - wide(features) @ c), -np.sqrt(wide(RIDGE)) * c])
    assert_close(projection.residual(theta), residual, len(y), magnitude)


def assert_gradient(gradient: Array, cost: Callable[[Array], float], theta: Array) -> None:
    """By central differences, whose step makes truncation and the rounding of the cost alike."""
    step = np.cbrt(np.finfo(float).eps)
    for index in range(0, len(theta), 5):
        unit = step * np.eye(len(theta))[index]
        difference = (cost(theta + unit) - cost(theta - unit)) / (2 * step)
        assert_close(gradient[index], difference, roundings=20 * len(X), magnitude=cost(theta) / step)


@pytest.mark.parametrize("of_many", [False, True])
def test_the_gradient_is_that_of_the_projected_cost(of_many: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kaufman's Jacobian leaves a term out that is orthogonal to the residual: the gradient is exact."""
    monkeypatch.setattr(variable_projection, "_WIDE", 0 if of_many else 40)
    projection, _, _, _, theta = problem()

    def cost(at: Array) -> float:
        residual = projection.residual(at)
        return float(residual @ residual)

    here = projection.linearise(theta)
    gradient = 2 * here.transposed(here.reduced)
    assert_gradient(gradient, cost, theta)


def test_both_ways_to_the_gram_matrix_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    projection, _, _, _, theta = problem(1)
    explicit = projection.linearise(theta)
    monkeypatch.setattr(variable_projection, "_WIDE", 0)
    closed = problem(1)[0].linearise(theta)
    # The closed form loses three digits, as it says.
    assert_close(explicit.gram, closed.gram, roundings=1e5)
    w = np.random.default_rng(4).normal(size=len(explicit.reduced))
    assert_close(explicit.transposed(w), closed.transposed(w), roundings=1e5)
    assert_close(explicit.reduce(explicit.value), explicit.reduced, roundings=10 * len(explicit.value))


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
    assert_gradient(gradient, cost, everything)
    jacobian = np.array([here.transposed(row) for row in np.eye(hidden.rows)])
    assert_close(here.gram, wide(jacobian) @ wide(jacobian.T), roundings=10 * jacobian.shape[1])
