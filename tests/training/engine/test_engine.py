"""The compiled steps against a perceptron in higher precision (tests.support.perceptron), which is held to torch's."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support import perceptron
from tests.support.perceptron import Layers, flat, forward, gradient, roundings, unflat
from tests.support.rounding import assert_close, sensitivity, wide
from training.classification.inputs import band_counts, band_starts
from training.engine.engine import Array, Engine, TrainingSpec
from training.kernels import activations, losses
from training.kernels.sparse import Sparse


def training_spec(sizes: tuple[int, ...] = (1, 5, 4, 1), **changes: object) -> TrainingSpec:
    given = {
        "activation": "tanh",
        "loss": "mean_squared_error",
        "optimizer": "adam",
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "dtype": torch.float64,
    }
    return TrainingSpec(sizes, **(given | changes))  # type: ignore[arg-type]


def engine(of: TrainingSpec, members: int) -> Engine:
    made = Engine(of, members)
    generator = torch.Generator().manual_seed(0)
    for parameters in (parameters for layer in made.layers for parameters in layer):
        parameters.normal_(generator=generator)
    return made


def samples(of: TrainingSpec, count: int) -> tuple[Array, Array]:
    """Inputs, and targets that the loss can take."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, of.sizes[0], dtype=of.dtype, generator=generator)
    y = torch.randn(count, of.sizes[-1], dtype=of.dtype, generator=generator)
    if of.loss == "binary_cross_entropy":
        y = (y > 0).to(of.dtype)
    if of.loss == "cross_entropy":
        y = torch.nn.functional.one_hot(y.argmax(1), of.sizes[-1]).to(of.dtype)
    return x.numpy(), y.numpy()


def layers(of: Engine, member: int) -> Layers:
    """A member's."""
    return [(weights[member].numpy(), biases[member].numpy()) for weights, biases in of.layers]


def assert_gradient(before: Engine, after: Engine, x: Array, y: Array, factors: Sequence[Array] = ()) -> None:
    """That each member's step, with a learning rate of one, was that of the gradient."""
    of = before.spec
    for member in range(before.members):
        start = layers(before, member)

        def stepped(parameters: Array, x: Array, y: Array, like: Layers = start) -> Array:
            slopes = gradient(unflat(parameters, like), of.activation, of.loss, x, y, factors)
            return parameters - flat(slopes)

        assert_result(flat(layers(after, member)), stepped, flat(start), x, y, roundings(of.sizes, len(x)))


def assert_trained(before: Engine, after: Engine, member: int, x: Array, y: Array, batches: list[Array]) -> None:
    """That a member took a step for each of these batches."""
    of, start = before.spec, layers(before, member)
    decay = of.step_settings(member).weight_decay

    def trained(parameters: Array, x: Array, y: Array) -> Array:
        made = perceptron.trained(
            unflat(parameters, start),
            of.activation,
            of.loss,
            [(x[batch], y[batch]) for batch in batches],
            of.optimizer,
            of.learning_rate,
            lambda samples: decay / samples if of.decay_per_batch else decay,
        )
        return flat(made)

    taken = len(batches) * roundings(of.sizes, len(batches[0]))
    assert_result(flat(layers(after, member)), trained, flat(start), x, y, taken)


def assert_result(
    found: Array, truth: Callable[..., Array], parameters: Array, x: Array, y: Array, roundings: int
) -> None:
    """That these are the parameters: by the norm, since an activation may lose digits where it is nearly constant."""
    inputs = parameters, x, y
    assert_close(found, truth(*map(wide, inputs)), roundings, sensitivity(truth, *inputs).max())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("sizes", [(1, 6, 1), (1, 5, 4, 1), (3, 4, 1, 6, 2), (2, 3), (1, 33, 18, 1)])
@pytest.mark.parametrize("name", losses.NAMES)
@pytest.mark.parametrize("activation", activations.NAMES)
def test_the_gradient(activation: str, name: str, sizes: tuple[int, ...], dtype: torch.dtype) -> None:
    of = training_spec(sizes, activation=activation, loss=name, dtype=dtype, optimizer="sgd", learning_rate=1.0)
    made, taken = engine(of, 2), engine(of, 2)
    x, y = samples(of, 7)
    taken.run(x, y, 7)
    assert_gradient(made, taken, x, y)


@pytest.mark.parametrize("width", [256, 257, 400])
def test_the_gradient_of_wide_layers(width: int) -> None:
    """Sums of more than 256 terms are made in parts, and do not take the place of what gates them."""
    of = training_spec((1, 20, width, 1), activation="relu", optimizer="sgd", learning_rate=1.0)
    made, taken = engine(of, 1), engine(of, 1)
    x, y = samples(of, 40)
    taken.run(x, y, 40)
    assert_gradient(made, taken, x, y)


@pytest.mark.parametrize(
    ("weight_decay", "per_batch"), [(0.0, False), (0.1, False), ((0.1, 0.0, 2.0), False), ((0.1, 0.0, 2.0), True)]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_steps(optimizer: str, dtype: torch.dtype, weight_decay: float | tuple[float, ...], per_batch: bool) -> None:
    of = training_spec(optimizer=optimizer, dtype=dtype, weight_decay=weight_decay, decay_per_batch=per_batch)
    start, made = engine(of, 3), engine(of, 3)
    x, y = samples(of, 25)
    orders = [np.random.default_rng(seed).permutation(25).astype(np.int32) for seed in range(3)]
    for _ in range(4):
        made.run(x, y, 10, orders)
    assert int(made.steps) == 12
    for member, order in enumerate(orders):
        assert_trained(start, made, member, x, y, np.split(order, [10, 20]) * 4)


@pytest.mark.parametrize("activation", activations.NAMES)
def test_dropped_units_have_no_part_in_a_step(activation: str) -> None:
    of = training_spec((2, 6, 5, 1), activation=activation, optimizer="sgd", learning_rate=1.0, dropout=0.4)
    made, taken = engine(of, 2), engine(of, 2)
    x, y = samples(of, 7)
    first, second = made._mask(7, 7, 0, 1, seed=3).reshape(2, 7, -1)
    taken.run(x, y, 7, seed=3)
    assert_gradient(made, taken, x, y, [first[:, :6], second[:, :5]])


def test_a_part_of_the_units_is_dropped_anew_for_each_batch_and_seed() -> None:
    made = engine(training_spec((1, 40, 1), dropout=0.25), 1)
    one = made._mask(50, 1_000, 0, 20, seed=1)
    assert np.unique(one).tolist() == [0, 1 / 0.75]
    assert np.mean(one == 0) == pytest.approx(0.25, abs=0.01)
    first, second, *_ = np.split(one, 20)
    assert not np.array_equal(first, second)
    assert not np.array_equal(one, made._mask(50, 1_000, 0, 20, seed=2))
    np.testing.assert_array_equal(one, made._mask(50, 1_000, 0, 20, seed=1))


def test_without_an_order_the_samples_are_taken_as_they_lie() -> None:
    apart, ordered = engine(training_spec(), 2), engine(training_spec(), 2)
    x, y = samples(apart.spec, 25)
    apart.run(x, y, 10)
    ordered.run(x, y, 10, [np.arange(25, dtype=np.int32)] * 2)
    assert torch.equal(apart.state, ordered.state)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
# The first layer may be the last.
@pytest.mark.parametrize("sizes", [(7, 5, 4, 2), (450, 5, 2), (7, 3)])
def test_sparse_inputs_are_trained_as_dense_ones(
    sizes: tuple[int, ...], optimizer: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.engine.engine._BATCHES_GROUPED", 2)  # of three
    of = training_spec(sizes, optimizer=optimizer, dtype=dtype, weight_decay=0.1)
    start, by_dense, by_sparse = (engine(of, 2) for _ in range(3))
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
    for member, order in enumerate(orders):
        batches: list[Array] = [*np.split(np.arange(25), [10, 20]), *np.split(order, [10, 20])]
        for made, inputs in ((by_dense, x), (by_sparse, sparse)):
            assert_trained(start, made, member, x, y, batches)
            assert_outputs(made, inputs, x)


def assert_outputs(made: Engine, inputs: Array | Sparse, x: Array) -> None:
    """That these inputs, which are x, have the outputs of each member's layers."""
    for member, found in enumerate(made.outputs(inputs, 10)):
        like = layers(made, member)

        def outputs(parameters: Array, x: Array, like: Layers = like) -> Array:
            return forward(unflat(parameters, like), made.spec.activation, x)[0][-1]

        truth, magnitude = outputs(wide(flat(like)), wide(x)), sensitivity(outputs, flat(like), x).max()
        assert_close(found, truth, roundings(made.spec.sizes, 0), magnitude)


def test_a_member_is_the_same_to_the_bit_whoever_is_beside_it() -> None:
    together, alone = engine(training_spec(), 3), engine(training_spec(), 3).select([2])
    x, y = samples(together.spec, 25)
    for _ in range(3):
        together.run(x, y, 10)
        alone.run(x, y, 10)
    assert torch.equal(together.state[2], alone.state[0])


def test_a_pass_of_several_calls_is_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, cut = engine(training_spec(), 2), engine(training_spec(), 2)
    x, y = samples(whole.spec, 25)
    whole.run(x, y, 4)
    monkeypatch.setattr("training.engine.engine._OPERATIONS_PER_CALL", 2_000)
    cut.run(x, y, 4)
    assert torch.equal(whole.state, cut.state)
    assert int(whole.steps) == int(cut.steps) == 7


def test_outputs() -> None:
    made = engine(training_spec((2, 5, 4, 3)), 2)
    x, _ = samples(made.spec, 25)
    assert_outputs(made, x, x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("activation", activations.NAMES)
def test_what_is_not_a_number_stays_so(activation: str, dtype: torch.dtype) -> None:
    made = engine(training_spec(activation=activation, dtype=dtype), 1)
    made.layers[0][0][0, 0, 0] = torch.nan
    x, _ = samples(made.spec, 9)
    assert np.isnan(made.outputs(x, 9)).all()


def test_selected_members_go_on_as_before() -> None:
    of = training_spec(weight_decay=(0.0, 0.1, 0.2))
    whole, part = engine(of, 3), engine(of, 3)
    x, y = samples(of, 25)
    whole.run(x, y, 10)
    part.run(x, y, 10)
    part = part.select([2, 0])
    whole.run(x, y, 10)
    part.run(x, y, 10)
    assert torch.equal(part.state, whole.state[[2, 0]])


def test_the_state_dict_is_all_of_the_state() -> None:
    whole, resumed = engine(training_spec(), 2), Engine(training_spec(), 2)
    x, y = samples(whole.spec, 25)
    whole.run(x, y, 10)
    resumed.load_state_dict(whole.state_dict())
    for one in (whole, resumed):
        one.run(x, y, 10)
    assert torch.equal(whole.state, resumed.state)


def test_the_study_s_numbers_of_weights() -> None:
    assert training_spec((1, 200, 20, 1)).parameters == 4_441
    assert training_spec((784, 50, 25, 10)).parameters == 784 * 50 + 50 + 50 * 25 + 25 + 25 * 10 + 10


def test_who_waits_for_the_compiler_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path / "cache"))
    for dtype in (torch.float64, torch.float64, torch.float32):
        engine(training_spec(dtype=dtype), 1)
    assert [record.message for record in caplog.records] == [
        "compiling the training steps for this processor, once: about 20 s"
    ] * 2
