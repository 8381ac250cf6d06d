import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import jacfwd

from training.jets import ACTIVATIONS
from training.sensitivities import HiddenLayers

Array = NDArray[np.float64]
SIZES = (4, 3, 5)
X = np.array([-0.9, -0.2, 0.3, 0.8, 1.0])


def drawn(hidden: HiddenLayers) -> tuple[Array, Array, Array]:
    generator = np.random.default_rng(1)
    return (
        generator.normal(size=hidden.parameters),
        generator.normal(size=SIZES[-1] + 1),
        generator.uniform(0.5, 2, hidden.rows),
    )


def outputs(activation: str, theta: Tensor, c: Tensor, order: int) -> Tensor:
    """f, f' … below each other, by torch's automatic differentiation of a plain loop."""
    activate = ACTIVATIONS[activation]
    shapes = list(zip((1, *SIZES), SIZES, strict=False))

    def function(x: Tensor) -> Tensor:
        a, start = x.reshape(1), 0
        for fan_in, fan_out in shapes:
            weight = theta[start : start + fan_in * fan_out].view(fan_in, fan_out)
            bias = theta[start + fan_in * fan_out : start + fan_in * fan_out + fan_out]
            a, start = activate([a @ weight + bias], 0)[0], start + (fan_in + 1) * fan_out
        return a @ c[:-1] + c[-1]

    rows = []
    for _ in range(order + 1):
        rows.append(torch.stack([function(x) for x in torch.from_numpy(X)]))
        function = jacfwd(function)
    return torch.cat(rows)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_features_and_jacobian_are_those_of_automatic_differentiation(activation: str, order: int) -> None:
    hidden = HiddenLayers(SIZES, activation, X, order)
    theta, c, weights = drawn(hidden)
    flat = torch.from_numpy(theta), torch.from_numpy(c)
    truth = outputs(activation, *flat, order).numpy()
    np.testing.assert_allclose(hidden.features(theta) @ c, truth, rtol=1e-12, atol=1e-12)
    linearisation = hidden.linearise(theta).at(c, weights)
    np.testing.assert_array_equal(linearisation.features, hidden.features(theta))
    jacobian = np.zeros((hidden.parameters, hidden.rows))
    linearisation.write_jacobian(jacobian)
    expected = jacfwd(lambda t: outputs(activation, t, flat[1], order))(flat[0]).numpy()
    np.testing.assert_allclose(jacobian.T, weights[:, None] * expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_closed_forms_are_those_of_the_jacobian(order: int) -> None:
    hidden = HiddenLayers(SIZES, "tanh", X, order)
    theta, c, weights = drawn(hidden)
    linearisation = hidden.linearise(theta).at(c, weights)
    jacobian = np.zeros((hidden.parameters, hidden.rows))
    linearisation.write_jacobian(jacobian)
    np.testing.assert_allclose(linearisation.gram(), jacobian.T @ jacobian, rtol=1e-12, atol=1e-12)
    w = np.random.default_rng(2).normal(size=hidden.rows)
    np.testing.assert_allclose(linearisation.transposed(w), jacobian @ w, rtol=1e-12, atol=1e-12)


def test_parameters_are_counted() -> None:
    assert HiddenLayers((20, 20), "tanh", X).parameters + 21 == 481
    assert HiddenLayers((200,), "tanh", X, 2).rows == 15
