"""Steps of one layer, whose gradient of the squares is that of a straight line, by hand."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from training.engine.layout import Layout
from training.kernels import activations, losses, optimizers
from training.kernels.steps import StepSettings, evaluate, run

Array = NDArray[Any]
RATE = 0.25
SGD = StepSettings(0, losses.NAMES.index("mean_squared_error"), optimizers.NAMES.index("sgd"), RATE, 0.0, False, 1.0)
ADAM = SGD._replace(optimizer=optimizers.NAMES.index("adam"))
AS_THEY_LIE = np.empty(0, np.int32)


@dataclass(frozen=True)
class Line:
    """y = x w + b of two inputs and one output, in memory as compiled code has it."""

    layout: Layout
    state: torch.Tensor

    @classmethod
    def of(cls, dtype: torch.dtype, w: tuple[float, float] = (1.0, -2.0), b: float = 0.5) -> "Line":
        layout = Layout((2, 1), "tanh", dtype)
        made = cls(layout, torch.zeros(3, layout.parameters, dtype=dtype))
        ((weights, biases),) = layout.layers(made.state[0])
        weights[:, 0], biases[0] = torch.tensor(w), b
        return made

    @property
    def found(self) -> Array:
        """Its weights and its bias."""
        ((weights, biases),) = self.layout.layers(self.state[0])
        return np.append(weights[:, 0].numpy(), biases.numpy()).astype(float)

    def run(
        self, settings: StepSettings, x: Array, y: Array, batch: int, first: int = 0, end: int = 1, taken: int = 0,
        order: Array = AS_THEY_LIE,
    ) -> Array:  # fmt: skip
        """What becomes of it."""
        dtype = self.layout.dtype
        memory, nothing = self.layout.memory(batch), np.empty(0, dtype)
        given = x.astype(dtype).ravel(), None, None, y.astype(dtype).ravel()
        run(memory, settings, self.state.ravel().numpy(), *given, order, nothing, batch, first, end, taken)
        return self.found


def gradient(line: Array, x: Array, y: Array) -> Array:
    """Of the mean square of x w + b - y."""
    off = x @ line[:2] + line[2] - y
    return 2 * np.append(x.T @ off, off.sum()) / len(y)


RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(10, 2)).astype(np.float32).astype(float), RNG.normal(size=10).astype(np.float32).astype(float)
both = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def tolerance(dtype: torch.dtype) -> float:
    return 40 * torch.finfo(dtype).eps


@both
def test_a_step_goes_down_the_gradient(dtype: torch.dtype) -> None:
    before = Line.of(dtype).found
    after = Line.of(dtype).run(SGD, X, Y, batch=10)
    np.testing.assert_allclose(after, before - RATE * gradient(before, X, Y), rtol=0, atol=tolerance(dtype))


@both
def test_only_the_batches_asked_for_are_taken_in_the_order_given(dtype: torch.dtype) -> None:
    """The second and the third of four, of which the last would have but one sample."""
    order = np.random.default_rng(1).permutation(10).astype(np.int32)
    expected = Line.of(dtype).found
    for rows in (order[3:6], order[6:9]):
        expected = expected - RATE * gradient(expected, X[rows], Y[rows])
    after = Line.of(dtype).run(SGD, X, Y, batch=3, first=1, end=3, order=order)
    np.testing.assert_allclose(after, expected, rtol=0, atol=tolerance(dtype))


def test_the_last_batch_is_the_mean_of_fewer() -> None:
    before = Line.of(torch.float64).found
    after = Line.of(torch.float64).run(SGD, X, Y, batch=4, first=2, end=3)
    np.testing.assert_allclose(after, before - RATE * gradient(before, X[8:], Y[8:]), rtol=0, atol=1e-14)


def test_no_batches_change_nothing() -> None:
    made = Line.of(torch.float64)
    before = made.state.clone()
    made.run(SGD, X, Y, batch=3, first=2, end=2)
    assert torch.equal(made.state, before)


@pytest.mark.parametrize(("per_batch", "decay"), [(False, 0.1), (True, 0.1 / 5)])
def test_weights_decay_and_biases_do_not(per_batch: bool, decay: float) -> None:
    """Where nothing is off, there is no other gradient."""
    made = Line.of(torch.float64)
    exact = X[:5] @ made.found[:2] + made.found[2]
    *weights, bias = made.run(SGD._replace(weight_decay=0.1, decay_per_batch=per_batch), X[:5], exact, batch=5)
    np.testing.assert_allclose(weights, (1 - RATE * decay) * np.array([1.0, -2.0]), rtol=1e-12)
    assert bias == pytest.approx(0.5, abs=1e-14)


@both
@pytest.mark.parametrize("taken", [0, 9])
def test_adam_s_averages_begin_at_zero_and_are_corrected_for_it(dtype: torch.dtype, taken: int) -> None:
    """The first step is the learning rate in the gradient's direction; later ones count on averages that are there."""
    before = Line.of(dtype).found
    slope = gradient(before, X, Y)
    after = Line.of(dtype).run(ADAM, X, Y, batch=10, taken=taken)
    average, square = 0.1 * slope / (1 - 0.9 ** (taken + 1)), 0.001 * slope**2 / (1 - 0.999 ** (taken + 1))
    expected = before - RATE * average / (np.sqrt(square) + 1e-8)
    np.testing.assert_allclose(after, expected, rtol=0, atol=tolerance(dtype))
    if not taken:
        np.testing.assert_allclose(after, before - RATE * np.sign(slope), rtol=0, atol=1e-6)


@both
@pytest.mark.parametrize("batch", [1, 4, 10])
def test_outputs_are_those_of_the_line_however_many_at_a_time(dtype: torch.dtype, batch: int) -> None:
    made = Line.of(dtype)
    found, memory = np.full(10, np.nan, made.layout.dtype), made.layout.memory(batch)
    x = X.astype(made.layout.dtype).ravel()
    evaluate(memory, SGD, made.state[0].numpy(), x, None, AS_THEY_LIE, batch, found)
    np.testing.assert_allclose(found, X @ made.found[:2] + made.found[2], rtol=0, atol=tolerance(dtype))


def test_a_layer_that_is_the_last_has_no_activation() -> None:
    """Whichever the settings names."""
    rules = [SGD._replace(activation=number) for number in range(len(activations.NAMES))]
    found = {tuple(Line.of(torch.float64).run(settings, X, Y, batch=10)) for settings in rules}
    assert len(found) == 1
