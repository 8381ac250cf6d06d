"""The perceptron that is the truth for the compiled steps against torch: autograd, its losses and its optimizers."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, gelu, mse_loss, softplus

from tests.support import perceptron
from tests.support.perceptron import Array, Layers, flat, roundings, unflat
from tests.support.rounding import assert_close, sensitivity

TORCH: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "sin": torch.sin,
    "sigmoid": torch.sigmoid,
    "silu": torch.nn.functional.silu,
    "gelu": lambda z: gelu(z, approximate="tanh"),
    "softplus": softplus,
    "gaussian": lambda z: torch.exp(-(z**2)),
    "relu": torch.relu,
}
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mean_squared_error": mse_loss,
    "binary_cross_entropy": lambda z, y: binary_cross_entropy_with_logits(z, y, reduction="none").sum(1).mean(),
    "cross_entropy": cross_entropy,
}
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
SIZES, DECAY = (2, 5, 4, 3), 0.1


def drawn() -> tuple[Layers, Array, Array]:
    """Layers, inputs, and one-hot targets, which every loss takes."""
    generator = np.random.default_rng(0)
    layers = [(generator.normal(size=shape), generator.normal(size=shape[1])) for shape in pairwise(SIZES)]
    return layers, generator.normal(size=(12, 2)), np.eye(3)[generator.integers(0, 3, 12)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", perceptron.LOSSES)
@pytest.mark.parametrize("activation", perceptron.ACTIVATIONS)
def test_steps_are_those_of_torch(activation: str, loss: str, optimizer: str) -> None:
    layers, x, y = drawn()
    own = [tuple(torch.tensor(part, requires_grad=True) for part in layer) for layer in layers]
    step = OPTIMIZERS[optimizer]([part for layer in own for part in layer], lr=0.01)
    for batch in (slice(0, 8), slice(8, 12)) * 2:
        step.zero_grad()
        a = torch.from_numpy(x[batch])
        for weights, biases in own[:-1]:
            a = TORCH[activation](a @ weights + biases)
        outputs = a @ own[-1][0] + own[-1][1]
        penalty = sum((DECAY / 2 * (weights**2).sum() for weights, _ in own), torch.zeros(()))
        (LOSSES[loss](outputs, torch.from_numpy(y[batch])) + penalty).backward()  # type: ignore[no-untyped-call]
        step.step()

    def trained(parameters: Array, x: Array, y: Array) -> Array:
        batches = [(x[batch], y[batch]) for batch in (slice(0, 8), slice(8, 12)) * 2]
        start = unflat(parameters, layers)
        return flat(perceptron.trained(start, activation, loss, batches, optimizer, 0.01, lambda _: DECAY))

    inputs = flat(layers), x, y
    found = flat([(w.detach().numpy(), b.detach().numpy()) for w, b in own])
    assert_close(found, trained(*inputs), 4 * roundings(SIZES, 8), sensitivity(trained, *inputs))
