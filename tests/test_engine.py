"""The compiled steps against autograd and torch's own optimizers."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, gelu, mse_loss, softplus

from training.engine import Array, Engine, Recipe
from training.inputs import band_counts, band_starts
from training.kernels import activations, losses
from training.kernels.sparse import Sparse

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
Layers = list[tuple[Tensor, Tensor]]


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
    for parameters in (parameters for layer in made.layers for parameters in layer):
        parameters.normal_(generator=generator)
    return made


def samples(of: Recipe, count: int) -> tuple[Array, Array]:
    """Inputs, and targets that the loss can take."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, of.sizes[0], dtype=of.dtype, generator=generator)
    y = torch.randn(count, of.sizes[-1], dtype=of.dtype, generator=generator)
    if of.loss == "binary_cross_entropy":
        y = (y > 0).to(of.dtype)
    if of.loss == "cross_entropy":
        y = torch.nn.functional.one_hot(y.argmax(1), of.sizes[-1]).to(of.dtype)
    return x.numpy(), y.numpy()


def loss(of: Recipe, layers: Layers, x: Array, y: Array, factors: Sequence[Tensor | float] = (1.0, 1.0, 1.0)) -> Tensor:
    """One member's loss, as torch writes it; the factors are those of each hidden layer's units."""
    a, targets = torch.from_numpy(x), torch.from_numpy(y)
    for (weights, biases), factor in zip(layers[:-1], factors, strict=False):
        a = TORCH[of.activation](a @ weights + biases) * factor
    outputs = a @ layers[-1][0] + layers[-1][1]
    if of.loss == "mean_squared_error":
        return mse_loss(outputs, targets)
    if of.loss == "binary_cross_entropy":
        return binary_cross_entropy_with_logits(outputs, targets, reduction="none").sum(1).mean()
    return cross_entropy(outputs, targets)


def own(layers: Layers, member: int) -> Layers:
    return [(w[member].clone().requires_grad_(), b[member].clone().requires_grad_()) for w, b in layers]


def close(values: Layers, truth: Layers, member: int | None, tolerance: float) -> None:
    for pair, expected in zip(values, truth, strict=True):
        for value, other in zip(pair, expected, strict=True):
            value = value if member is None else value[member]
            torch.testing.assert_close(value, other.detach(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("sizes", [(1, 6, 1), (1, 5, 4, 1), (3, 4, 1, 6, 2), (2, 3), (1, 33, 18, 1)])
@pytest.mark.parametrize("name", losses.NAMES)
@pytest.mark.parametrize("activation", activations.NAMES)
def test_the_gradient_is_autograd_s(activation: str, name: str, sizes: tuple[int, ...], dtype: torch.dtype) -> None:
    of = recipe(sizes, activation=activation, loss=name, dtype=dtype, optimizer="sgd", learning_rate=1.0)
    made, taken = engine(of, 2), engine(of, 2)
    x, y = samples(of, 7)
    taken.run(x, y, 7)
    stepped = [(w - v, b - c) for (w, b), (v, c) in zip(made.layers, taken.layers, strict=True)]
    for member in range(2):
        layers = own(made.layers, member)
        loss(of, layers, x, y).backward()  # type: ignore[no-untyped-call]
        gradients = [(w.grad, b.grad) for w, b in layers if w.grad is not None and b.grad is not None]
        close(stepped, gradients, member, 2e-5 if dtype is torch.float32 else 1e-12)


@pytest.mark.parametrize("width", [256, 257, 400])
def test_the_gradient_of_wide_layers_is_autograd_s(width: int) -> None:
    """Sums of more than 256 terms are made in parts, and do not take the place of what gates them."""
    of = recipe((1, 20, width, 1), activation="relu", optimizer="sgd", learning_rate=1.0)
    made, taken = engine(of, 1), engine(of, 1)
    x, y = samples(of, 40)
    taken.run(x, y, 40)
    layers = own(made.layers, 0)
    loss(of, layers, x, y).backward()  # type: ignore[no-untyped-call]
    for (before, _), (after, _), (weights, _) in zip(made.layers, taken.layers, layers, strict=True):
        torch.testing.assert_close(before[0] - after[0], weights.grad, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize(
    ("weight_decay", "per_batch"), [(0.0, False), (0.1, False), ((0.1, 0.0, 2.0), False), ((0.1, 0.0, 2.0), True)]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_steps_are_those_of_torch(
    optimizer: str, dtype: torch.dtype, weight_decay: float | tuple[float, ...], per_batch: bool
) -> None:
    of = recipe(optimizer=optimizer, dtype=dtype, weight_decay=weight_decay, decay_per_batch=per_batch)
    made = engine(of, 3)
    x, y = samples(of, 25)
    orders = [np.random.default_rng(seed).permutation(25).astype(np.int32) for seed in range(3)]
    references = [own(made.layers, member) for member in range(3)]
    for _ in range(4):
        made.run(x, y, 10, orders)
    assert int(made.steps) == 12
    for member, layers in enumerate(references):
        decay = weight_decay[member] if isinstance(weight_decay, tuple) else weight_decay
        parameters = [parameter for layer in layers for parameter in layer]
        step = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimizer](parameters, lr=0.01)
        for _ in range(4):
            for chosen in np.split(orders[member], [10, 20]):
                step.zero_grad()
                factor = decay / (2 * len(chosen) if per_batch else 2)
                penalty = sum((factor * (weights**2).sum() for weights, _ in layers), torch.zeros(()))
                (loss(of, layers, x[chosen], y[chosen]) + penalty).backward()  # type: ignore[no-untyped-call]
                step.step()
        close(made.layers, layers, member, 1e-4 if dtype is torch.float32 else 1e-10)


@pytest.mark.parametrize("activation", activations.NAMES)
def test_dropped_units_have_no_part_in_a_step(activation: str) -> None:
    of = recipe((2, 6, 5, 1), activation=activation, optimizer="sgd", learning_rate=1.0, dropout=0.4)
    made = engine(of, 2)
    x, y = samples(of, 7)
    mask = torch.from_numpy(made._mask(7, 7, 0, 1, seed=3)).view(2, 7, -1)
    factors = [mask[0, :, :6], mask[1, :, :5]]
    references = [own(made.layers, member) for member in range(2)]
    made.run(x, y, 7, seed=3)
    for member, layers in enumerate(references):
        loss(of, layers, x, y, factors).backward()  # type: ignore[no-untyped-call]
        stepped = [(w - w.grad, b - b.grad) for w, b in layers if w.grad is not None and b.grad is not None]
        close(made.layers, stepped, member, 1e-12)


def test_a_part_of_the_units_is_dropped_anew_for_each_batch_and_seed() -> None:
    made = engine(recipe((1, 40, 1), dropout=0.25), 1)
    one = made._mask(50, 1_000, 0, 20, seed=1)
    assert np.unique(one).tolist() == [0, 1 / 0.75]
    assert np.mean(one == 0) == pytest.approx(0.25, abs=0.01)
    first, second, *_ = np.split(one, 20)
    assert not np.array_equal(first, second)
    assert not np.array_equal(one, made._mask(50, 1_000, 0, 20, seed=2))
    np.testing.assert_array_equal(one, made._mask(50, 1_000, 0, 20, seed=1))


def test_without_an_order_the_samples_are_taken_as_they_lie() -> None:
    apart, ordered = engine(recipe(), 2), engine(recipe(), 2)
    x, y = samples(apart.recipe, 25)
    apart.run(x, y, 10)
    ordered.run(x, y, 10, [np.arange(25, dtype=np.int32)] * 2)
    assert torch.equal(apart.state, ordered.state)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
# The first layer may be the last.
@pytest.mark.parametrize("sizes", [(7, 5, 4, 2), (450, 5, 2), (7, 3)])
def test_sparse_inputs_are_trained_as_dense_ones(
    sizes: tuple[int, ...], optimizer: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.engine._BATCHES_GROUPED", 2)  # of three
    of = recipe(sizes, optimizer=optimizer, dtype=dtype, weight_decay=0.1)
    by_dense, by_sparse = engine(of, 2), engine(of, 2)
    x, y = samples(of, 25)
    x /= max(1, sizes[0] / 10)  # many would add up to much
    background = x[0].copy()
    x[np.random.default_rng(0).random(x.shape) < 0.6] = 0
    x += background
    row, column = np.nonzero(x != background)
    starts = band_starts(band_counts(row, column, x.shape))
    sparse = Sparse(starts, column.astype(np.uint32), (x - background)[row, column], background)
    orders = [np.random.default_rng(seed).permutation(25).astype(np.int32) for seed in range(2)]
    for given in (None, orders):
        by_dense.run(x, y, 10, given)
        by_sparse.run(sparse, y, 10, given)
    tolerance = 1e-4 if dtype is torch.float32 else 1e-11
    torch.testing.assert_close(by_sparse.state, by_dense.state, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(by_sparse.outputs(sparse, 10), by_dense.outputs(x, 10), rtol=0, atol=tolerance)


def test_a_member_is_the_same_to_the_bit_whoever_is_beside_it() -> None:
    together, alone = engine(recipe(), 3), engine(recipe(), 3).select([2])
    x, y = samples(together.recipe, 25)
    for _ in range(3):
        together.run(x, y, 10)
        alone.run(x, y, 10)
    assert torch.equal(together.state[2], alone.state[0])


def test_a_pass_of_several_calls_is_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, cut = engine(recipe(), 2), engine(recipe(), 2)
    x, y = samples(whole.recipe, 25)
    whole.run(x, y, 4)
    monkeypatch.setattr("training.engine._OPERATIONS_PER_CALL", 2_000)
    cut.run(x, y, 4)
    assert torch.equal(whole.state, cut.state)
    assert int(whole.steps) == int(cut.steps) == 7


def test_outputs() -> None:
    made = engine(recipe((2, 5, 4, 3)), 2)
    x, _ = samples(made.recipe, 25)
    (w, b), (w1, b1), (w2, b2) = [(w.numpy(), b.numpy()[:, None]) for w, b in made.layers]
    expected = np.tanh(np.tanh(x @ w + b) @ w1 + b1) @ w2 + b2
    np.testing.assert_allclose(made.outputs(x, 10), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("activation", activations.NAMES)
def test_what_is_not_a_number_stays_so(activation: str, dtype: torch.dtype) -> None:
    made = engine(recipe(activation=activation, dtype=dtype), 1)
    made.layers[0][0][0, 0, 0] = torch.nan
    x, _ = samples(made.recipe, 9)
    assert np.isnan(made.outputs(x, 9)).all()


def test_selected_members_go_on_as_before() -> None:
    of = recipe(weight_decay=(0.0, 0.1, 0.2))
    whole, part = engine(of, 3), engine(of, 3)
    x, y = samples(of, 25)
    whole.run(x, y, 10)
    part.run(x, y, 10)
    part = part.select([2, 0])
    whole.run(x, y, 10)
    part.run(x, y, 10)
    assert torch.equal(part.state, whole.state[[2, 0]])


def test_the_state_dict_is_all_of_the_state() -> None:
    whole, resumed = engine(recipe(), 2), Engine(recipe(), 2)
    x, y = samples(whole.recipe, 25)
    whole.run(x, y, 10)
    resumed.load_state_dict(whole.state_dict())
    for one in (whole, resumed):
        one.run(x, y, 10)
    assert torch.equal(whole.state, resumed.state)


def test_the_study_s_numbers_of_weights() -> None:
    assert recipe((1, 200, 20, 1)).parameters == 4_441
    assert recipe((784, 50, 25, 10)).parameters == 784 * 50 + 50 + 50 * 25 + 25 + 25 * 10 + 10


def test_who_waits_for_the_compiler_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path / "cache"))
    for dtype in (torch.float64, torch.float64, torch.float32):
        engine(recipe(dtype=dtype), 1)
    assert [record.message for record in caplog.records] == [
        "compiling the training steps for this processor, once: about 20 s"
    ] * 2
