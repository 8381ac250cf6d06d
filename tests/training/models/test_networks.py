from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest
import torch

from tests.support.activations import DEFINITIONS
from tests.support.networks import SCALING, network
from tests.support.rounding import assert_close, wide
from training.models.jets import ACTIVATIONS
from training.models.networks import Network, Scaling, count_weights, evaluate, glorot_uniform, posterior_std
from training.targets.domain import Domain

mpmath: Any = _mpmath  # it has no types


@pytest.mark.parametrize(
    ("hidden", "weights"),
    [
        ((20, 20), 481),
        ((30, 30), 1_021),
        ((200, 20), 4_441),
        ((20, 200), 4_441),
        ((200, 200), 40_801),
        ((400, 400), 161_601),
    ],
)
def test_the_study_s_numbers_of_weights(hidden: tuple[int, ...], weights: int) -> None:
    assert count_weights(network(hidden)) == weights


def definition(made: Network, activation: str) -> Any:
    """The network in numbers of any precision."""
    layers = [
        ([[mpmath.mpf(value) for value in row] for row in weights.T.tolist()], list(map(mpmath.mpf, biases.tolist())))
        for weights, biases in zip(made.weights, made.biases, strict=True)
    ]
    *hidden, last = layers

    def function(x: Any) -> Any:
        a = [(x - SCALING.x_center) / SCALING.x_scale]
        for weights, biases in hidden:
            a = [DEFINITIONS[activation](mpmath.fdot(row, a) + b) for row, b in zip(weights, biases, strict=True)]
        return (mpmath.fdot(last[0][0], a) + last[1][0]) * mpmath.mpf(SCALING.y_scale) + mpmath.mpf(SCALING.y_center)

    return function


@pytest.mark.parametrize("hidden", [(1,), (9,), (7, 5), (4, 3, 6)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_derivatives_against_the_definition(activation: str, hidden: tuple[int, ...]) -> None:
    made, x = network(hidden, activation), np.array([-1.9, -0.6, 0.0, 0.7, 1.0, 2.3, 3.8])
    with mpmath.workdps(50):
        function = definition(made, activation)
        taylor = [mpmath.taylor(function, mpmath.mpf(point), 4) for point in x.tolist()]
        truth = np.array([[float(c * mpmath.factorial(k)) for k, c in enumerate(series)] for series in taylor]).T
    for order, exact in enumerate(truth):
        magnitude = max(1.0, np.abs(exact).max())
        assert_close(evaluate(made, x, 4)[order], exact, roundings=50 * (order + 1), magnitude=magnitude)


def test_chunks_change_nothing() -> None:
    made, x = network(), np.linspace(-2, 4, 1_500)
    whole = torch.stack(made(torch.from_numpy(x), 2)).detach().numpy()
    for part, order in zip(evaluate(made, x, 2), whole, strict=True):
        assert_close(part, order, roundings=20)


def test_scaling_maps_the_domain_and_the_values_to_the_order_of_one() -> None:
    y = np.array([1.0, 2.0, 3.0])
    assert Scaling.of(Domain(-1.0, 3.0), y) == Scaling(1.0, 2.0, 2.0, float(np.std(y)))


def test_scaling_of_a_constant_only_shifts_it() -> None:
    assert Scaling.of(Domain(0.0, 1.0), np.full(3, 5.0)).y_scale == 1.0


def test_glorot_uniform_fills_its_interval() -> None:
    weights = glorot_uniform(300, 200, torch.Generator().manual_seed(0))
    limit = (6 / 500) ** 0.5
    assert weights.shape == (300, 200)
    assert 0.999 * limit < float(weights.abs().max()) <= limit
    assert float(weights.var()) == pytest.approx(limit**2 / 3, rel=0.01)


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_deviations_are_those_of_a_random_output_layer(activation: str) -> None:
    """Against the covariance of the output, which is linear in the output layer."""
    made = network(activation=activation)
    root = torch.rand(6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    made.set_posterior(root)
    x = np.linspace(-1.5, 3.5, 20)
    found = posterior_std(made, x)
    columns = []
    for column in root.T:
        with torch.no_grad():
            made.weights[-1].copy_(column[:-1, None])
            made.biases[-1].copy_(column[-1:])
        columns.append(evaluate(made, x, 2) - np.array([[SCALING.y_center], [0], [0]]))
    for deviation, column in zip(found, np.swapaxes(columns, 0, 1), strict=True):
        assert_close(deviation, np.linalg.norm(wide(column), axis=0), roundings=100)


def test_a_posterior_is_no_weight() -> None:
    made = network()
    before = count_weights(made)
    made.set_posterior(torch.eye(6, dtype=torch.float64))
    assert count_weights(made) == before


def test_bands_are_exponentials_of_output_layers_in_units_of_the_samples() -> None:
    made = network()
    layers = np.random.default_rng(0).normal(size=(3, 6))
    made.set_log_posterior_std(layers)
    assert made.has_posterior
    x = np.linspace(-1.5, 3.5, 20)
    with torch.no_grad():
        features = made.features(torch.from_numpy(x), 0)[0].numpy()
    for order, found in enumerate(posterior_std(made, x)):
        scale = SCALING.y_scale / SCALING.x_scale**order
        np.testing.assert_allclose(found, scale * np.exp(features @ layers[order, :-1] + layers[order, -1]), rtol=1e-12)


def test_units_that_do_not_change_are_left_out_of_wide_layers() -> None:
    """Against all of them, at points in any order."""
    made, generator = network((600,)), np.random.default_rng(0)
    steepness = np.linspace(60, 90, 600) * generator.choice([-1, 1], 600)
    places = np.linspace(-1.1, 1.1, 600)
    made.set_layers(np.concatenate([steepness, -steepness * places]), generator.normal(size=601))
    assert made.is_single
    for x in (np.linspace(-2, 4, 2_001), generator.uniform(-2, 4, 300)):
        with torch.no_grad():
            exact = np.array([order.numpy() for order in made(torch.from_numpy(x), 2)])
        found = evaluate(made, x, 2)
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12 * np.abs(exact).max(axis=1).max())
        for order in range(3):
            np.testing.assert_allclose(found[order], exact[order], rtol=0, atol=1e-13 * np.abs(exact[order]).max())
