import numpy as np
import pytest

from training.models.jacobian import HiddenLayers
from training.solvers.shared_projection import SharedProjection

RIDGE = 1e-3


def problem(outputs: int = 2) -> tuple[SharedProjection, HiddenLayers, np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    hidden = HiddenLayers((5,), "tanh", generator.normal(size=(40, 2)))
    y, weights = generator.normal(size=(40, outputs)), generator.uniform(0.5, 2, 40)
    return SharedProjection(hidden, y, weights, RIDGE), hidden, y, weights, generator.normal(size=hidden.parameters)


def test_the_output_layers_are_those_of_ridge_regression() -> None:
    of, hidden, y, weights, theta = problem()
    features = hidden.features(theta) * weights[:, None]
    gram = features.T @ features + RIDGE * np.eye(features.shape[1])
    c = np.linalg.solve(gram, features.T @ (y * weights[:, None]))
    np.testing.assert_allclose(of.output_layers(theta), c, rtol=1e-9)
    off = features @ c - y * weights[:, None]
    assert of.cost(theta) == pytest.approx(np.sum(off**2) + RIDGE * np.sum(c**2), rel=1e-12)


def test_its_parameters_are_the_hidden_layers_alone() -> None:
    of, hidden, *_, theta = problem()
    np.testing.assert_array_equal(of.start(theta), theta)
    matrix, gradient, cost = of.normal_equations(theta)
    assert matrix.shape == (hidden.parameters, hidden.parameters)
    assert gradient.shape == (hidden.parameters,)
    assert cost == pytest.approx(of.cost(theta), rel=1e-12)


def test_several_outputs_cost_what_they_cost_one_by_one() -> None:
    of, hidden, y, weights, theta = problem()
    alone = [SharedProjection(hidden, one[:, None], weights, RIDGE).cost(theta) for one in y.T]
    assert of.cost(theta) == pytest.approx(sum(alone), rel=1e-12)


def test_what_is_no_number_costs_infinitely_much() -> None:
    of, *_, theta = problem()
    with pytest.warns(RuntimeWarning), np.errstate(all="warn"):
        assert of.cost(theta * np.inf) == np.inf
