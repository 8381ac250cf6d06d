"""The fused steps against autograd and torch's own optimizers."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, gelu, mse_loss, softplus

from training.activations import ACTIVATIONS
from training.engine import Engine, Pass, Recipe
from training.losses import LOSSES

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


def recipe(sizes: tuple[int, ...] = (1, 5, 4, 1), **changes: object) -> Recipe:
    given = {
        "activation": "tanh",
        "loss": "mean_squared_error",
        "optimizer": "adam",
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "dtype": torch.float64,
    }
    return Recipe(sizes, **(given | changes))  # type: ignore[arg-type]


def engine(of: Recipe, members: int) -> Engine:
    made = Engine(of, members)
    generator = torch.Generator().manual_seed(0)
    for layer in made.layers:
        layer.normal_(generator=generator)
    return made


def samples(of: Recipe, members: int, count: int) -> tuple[Tensor, Tensor]:
    """Inputs with their row of ones, and targets that the loss can take."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(members, of.sizes[0] + 1, count, dtype=of.dtype, generator=generator)
    x[:, -1] = 1
    y = torch.randn(members, of.sizes[-1], count, dtype=of.dtype, generator=generator)
    if of.loss == "binary_cross_entropy":
        y = (y > 0).to(of.dtype)
    if of.loss == "cross_entropy":
        y = torch.nn.functional.one_hot(y.argmax(1), of.sizes[-1]).mT.to(of.dtype).contiguous()
    return x, y


def loss(of: Recipe, layers: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """One member's loss, as torch writes it; layers (units, inputs + 1), x (inputs + 1, batch)."""
    a = x
    for layer in layers[:-1]:
        answer = TORCH[of.activation](layer @ a)
        a = torch.cat([answer, torch.ones_like(answer[:1])])
    outputs = layers[-1] @ a
    if of.loss == "mean_squared_error":
        return mse_loss(outputs, y)
    if of.loss == "binary_cross_entropy":
        return binary_cross_entropy_with_logits(outputs, y, reduction="none").sum(0).mean()
    return cross_entropy(outputs.T, y.T)


def own(layers: list[Tensor], member: int) -> list[Tensor]:
    return [layer[member].clone().requires_grad_() for layer in layers]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("sizes", [(1, 6, 1), (1, 5, 4, 1), (3, 4, 1, 6, 2), (2, 3)])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_is_autograd_s(
    activation: str, name: str, sizes: tuple[int, ...], members: int, dtype: torch.dtype
) -> None:
    of = recipe(sizes, activation=activation, loss=name, dtype=dtype)
    made = engine(of, members)
    x, y = samples(of, members, 7)
    (batch,) = Pass(made, x, y, 7).batches
    with torch.inference_mode():
        batch.compute_gradient()
    for member in range(members):
        layers = own(made.layers, member)
        loss(of, layers, x[member], y[member]).backward()  # type: ignore[no-untyped-call]
        for value, layer in zip(made.gradients, layers, strict=True):
            assert layer.grad is not None
            tolerance = 1e-5 if dtype is torch.float32 else 1e-12
            torch.testing.assert_close(value[member], layer.grad, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_steps_are_those_of_torch(optimizer: str, dtype: torch.dtype, weight_decay: float) -> None:
    of = recipe(optimizer=optimizer, dtype=dtype, weight_decay=weight_decay)
    made = engine(of, 3)
    x, y = samples(of, 3, 25)
    references = [own(made.layers, member) for member in range(3)]
    passes = Pass(made, x, y, 10)
    for _ in range(4):
        made.run(passes)
    assert int(made.steps) == 12
    for member, layers in enumerate(references):
        step = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimizer](layers, lr=0.01)
        for _ in range(4):
            for inputs, targets in zip(torch.split(x[member], 10, -1), torch.split(y[member], 10, -1), strict=True):
                step.zero_grad()
                decay = sum((weight_decay / 2 * (layer[:, :-1] ** 2).sum() for layer in layers), torch.zeros(()))
                (loss(of, layers, inputs, targets) + decay).backward()  # type: ignore[no-untyped-call]
                step.step()
        for value, layer in zip(made.layers, layers, strict=True):
            tolerance = 1e-4 if dtype is torch.float32 else 1e-10
            torch.testing.assert_close(value[member], layer.detach(), rtol=tolerance, atol=tolerance)


def test_members_may_share_their_samples() -> None:
    of = recipe()
    shared, apart = engine(of, 3), engine(of, 3)
    x, y = samples(of, 1, 25)
    shared.run(Pass(shared, x, y, 10))
    apart.run(Pass(apart, x.repeat(3, 1, 1), y.repeat(3, 1, 1), 10))
    torch.testing.assert_close(shared.state, apart.state, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_each_member_has_its_own_decay_over_the_batch_at_hand(hidden: tuple[int, ...]) -> None:
    """As one that is alone has it, with weight_decay λ / batch; the last batch is smaller."""
    sizes = (3, *hidden, 2)
    together = engine(recipe(sizes, optimizer="sgd", weight_decay=(0.0, 2.0, 30.0), decay_per_batch=True), 3)
    x, y = samples(together.recipe, 1, 25)
    references = [own(together.layers, member) for member in range(3)]
    together.run(Pass(together, x, y, 10))
    for member, strength in enumerate((0.0, 2.0, 30.0)):
        layers = references[member]
        step = torch.optim.SGD(layers, lr=0.01)
        for inputs, targets in zip(torch.split(x[0], 10, -1), torch.split(y[0], 10, -1), strict=True):
            step.zero_grad()
            squares = sum((layer[:, :-1] ** 2).sum() for layer in layers)
            decay = strength / 2 / inputs.shape[-1] * squares
            (loss(together.recipe, layers, inputs, targets) + decay).backward()  # type: ignore[no-untyped-call]
            step.step()
        for value, layer in zip(together.layers, layers, strict=True):
            torch.testing.assert_close(value[member], layer.detach(), rtol=1e-10, atol=1e-10)


def test_samples_may_be_overwritten_between_passes() -> None:
    of = recipe()
    kept, fresh = engine(of, 1), engine(of, 1)
    (x, y), (other, _) = samples(of, 1, 25), samples(of, 1, 25)
    other.mul_(0.5)[:, -1] = 1
    passes = Pass(kept, x, y, 10)
    kept.run(passes)
    x.copy_(other)
    kept.run(passes)
    fresh.run(Pass(fresh, samples(of, 1, 25)[0], y, 10))
    fresh.run(Pass(fresh, other, y, 10))
    assert torch.equal(kept.state, fresh.state)


def test_outputs() -> None:
    made = engine(recipe(), 2)
    x, y = samples(made.recipe, 2, 25)
    first, second, last = (layer.numpy() for layer in made.layers)
    ones = np.ones((2, 1, 25))
    a = np.concatenate([np.tanh(first @ x.numpy()), ones], 1)
    a = np.concatenate([np.tanh(second @ a), ones], 1)
    np.testing.assert_allclose(Pass(made, x, y, 10).outputs(), last @ a, rtol=1e-13)


def test_selected_members_go_on_as_before() -> None:
    whole, part = engine(recipe(), 3), engine(recipe(), 3)
    x, y = samples(whole.recipe, 3, 25)
    whole.run(Pass(whole, x, y, 10))
    part.run(Pass(part, x, y, 10))
    part = part.select([2, 0])
    whole.run(Pass(whole, x, y, 10))
    part.run(Pass(part, x[[2, 0]], y[[2, 0]], 10))
    for value, truth in zip(part.layers, whole.layers, strict=True):
        torch.testing.assert_close(value, truth[[2, 0]], rtol=1e-13, atol=1e-15)


def test_the_state_dict_is_all_of_the_state() -> None:
    whole, resumed = engine(recipe(), 2), Engine(recipe(), 2)
    x, y = samples(whole.recipe, 2, 25)
    whole.run(Pass(whole, x, y, 10))
    resumed.load_state_dict(whole.state_dict())
    for one in (whole, resumed):
        one.run(Pass(one, x, y, 10))
    assert torch.equal(whole.state, resumed.state)


def test_the_study_s_numbers_of_weights() -> None:
    assert recipe((1, 200, 20, 1)).parameters == 4_441
    assert recipe((784, 50, 25, 10)).parameters == 784 * 50 + 50 + 50 * 25 + 25 + 25 * 10 + 10
