import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import jacfwd, vmap

from training.jets import ACTIVATIONS
from training.networks import Network, Scaling, count_weights, deviations, evaluate, glorot_uniform

SCALING = Scaling(x_center=1.0, x_scale=3.0, y_center=0.2, y_scale=0.7)


def network(hidden: tuple[int, ...] = (7, 5), activation: str = "tanh", seed: int = 0) -> Network:
    made = Network(hidden, activation, SCALING, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for bias in made.biases:
            bias.uniform_(-1, 1, generator=torch.Generator().manual_seed(seed))
    return made


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


@pytest.mark.parametrize("hidden", [(1,), (9,), (7, 5), (4, 3, 6)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_derivatives_against_torch_func(activation: str, hidden: tuple[int, ...]) -> None:
    made = network(hidden, activation)
    x = torch.linspace(-2, 4, 31, dtype=torch.float64)

    def function(value: Tensor) -> Tensor:
        result: Tensor = made(value.unsqueeze(0))[0].squeeze(0)
        return result

    derivative = function
    for value in (order.detach() for order in made(x, 4)):
        truth = vmap(derivative)(x).detach()
        assert float((value - truth).abs().max()) <= 1e-12 * max(1.0, float(truth.abs().max()))
        derivative = jacfwd(derivative)


def test_the_value_against_numpy() -> None:
    made, x = network(), np.linspace(-2, 4, 5)
    w1, w2, w3 = (weight.detach().numpy() for weight in made.weights)
    b1, b2, b3 = (bias.detach().numpy() for bias in made.biases)
    hidden = np.tanh(np.tanh((x[:, None] - 1) / 3 @ w1 + b1) @ w2 + b2)
    np.testing.assert_allclose(evaluate(made, x, 0)[0], ((hidden @ w3 + b3) * 0.7 + 0.2)[:, 0], rtol=1e-14)


def test_chunks_change_nothing() -> None:
    made, x = network(), np.linspace(-2, 4, 1_500)
    whole = torch.stack(made(torch.from_numpy(x), 2)).detach().numpy()
    np.testing.assert_allclose(evaluate(made, x, 2), whole, rtol=1e-13, atol=1e-15)


def test_scaling_maps_the_domain_and_the_values_to_the_order_of_one() -> None:
    y = np.array([1.0, 2.0, 3.0])
    assert Scaling.of((-1.0, 3.0), y) == Scaling(1.0, 2.0, 2.0, float(np.std(y)))


def test_scaling_of_a_constant_only_shifts_it() -> None:
    assert Scaling.of((0.0, 1.0), np.full(3, 5.0)).y_scale == 1.0


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
    found = deviations(made, x)
    columns = []
    for column in root.T:
        with torch.no_grad():
            made.weights[-1].copy_(column[:-1, None])
            made.biases[-1].copy_(column[-1:])
        columns.append(evaluate(made, x, 2) - np.array([[SCALING.y_center], [0], [0]]))
    np.testing.assert_allclose(found, np.linalg.norm(columns, axis=0), rtol=1e-10, atol=1e-14)


def test_a_posterior_is_no_weight() -> None:
    made = network()
    before = count_weights(made)
    made.set_posterior(torch.eye(6, dtype=torch.float64))
    assert count_weights(made) == before


def test_bands_are_exponentials_of_output_layers_in_units_of_the_samples() -> None:
    made = network()
    layers = np.random.default_rng(0).normal(size=(3, 6))
    made.set_bands(layers)
    assert made.has_bands
    x = np.linspace(-1.5, 3.5, 20)
    with torch.no_grad():
        features = made.features(torch.from_numpy(x), 0)[0].numpy()
    for order, found in enumerate(deviations(made, x)):
        scale = SCALING.y_scale / SCALING.x_scale**order
        np.testing.assert_allclose(found, scale * np.exp(features @ layers[order, :-1] + layers[order, -1]), rtol=1e-12)
