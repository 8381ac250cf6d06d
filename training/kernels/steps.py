"""The steps of a perceptron: forward, backward and update.

A layer's parameters take their step by blocks of rows, each while its gradient is still in the fastest cache. What has
to hand the gradient down is a transposed copy, made before: the gradient may then take the place of the activations,
which the layer's own gradient needed last, and less memory is more of it in the cache.
"""

from typing import Any, NamedTuple

from numba import njit

from training.kernels.activations import RELU as RECTIFIER
from training.kernels.activations import backward
from training.kernels.compilation import OPTIONS
from training.kernels.forward import column, drop, forward
from training.kernels.losses import differentiate
from training.kernels.memory import BIASES, BLOCK, INPUTS, MASK, ONE, OUTPUTS, ROW, WEIGHTS, ZERO, A, D, Inputs, Z
from training.kernels.optimizers import step_rates, update
from training.kernels.products import product, transpose
from training.kernels.sparse import product_with_columns, where_sparse
from training.kernels.tiles import GATED, PLAIN


class StepSettings(NamedTuple):
    """How to train; names are places in the NAMES of activations, losses and optimizers.

    `kept` is the part of the units that dropout keeps.
    """

    activation: int
    loss: int
    optimizer: int
    learning_rate: float
    weight_decay: float
    decay_per_batch: bool
    kept: float


class Rates(NamedTuple):
    """What an update takes (training.kernels.optimizers); that of biases takes `no_decay`."""

    optimizer: int
    rate: Any
    of_root: Any
    decay: Any
    no_decay: Any


@njit(inline="always", **OPTIONS)
def step(memory, settings, rates, state, x, y, y_at, batch, mask):
    """Take a step by the gradient of the loss for inputs x and y (batch, outputs)."""
    forward(memory, settings.activation, state, x, batch, mask)
    plan = memory.plan
    last = plan.shape[0] - 1
    differentiate(settings.loss, batch, plan[last, OUTPUTS], memory.work, plan[last, D], plan[last, ROW], y, y_at)
    for layer in range(last, 0, -1):
        below = plan[layer - 1]
        _transpose(plan[layer], below, memory, state)
        _step_layer(plan[layer], memory, rates, state, memory.work, below[A], below[ROW], batch)
        _propagate(plan[layer], below, settings, memory, batch)
        _activate_backward(below, settings, memory, batch, mask)
    if x.grouped is not None:
        _step_sparse_layer(x.grouped, plan[0], memory, rates, state, x, batch)
    else:
        _step_layer(plan[0], memory, rates, state, x.dense, x.at, plan[0, INPUTS], batch)


@njit(inline="always", **OPTIONS)
def _step_layer(layer, memory, rates, state, source, at, source_row, batch):
    """Step a layer's weights and biases, by its inputs (batch, inputs) and the gradient d of its sums."""
    inputs, row, work, d = layer[INPUTS], layer[ROW], memory.work, layer[D]
    if row == 1:
        # As a row.
        product(
            ONE, batch, inputs, work, d, ZERO, ONE, source, at, source_row, memory.zeros, ZERO,
            memory.gradient, ZERO, ZERO, PLAIN, ZERO,
        )  # fmt: skip
        _end_block(layer, memory, rates, state, ZERO, layer[BIASES] - layer[WEIGHTS], batch)
        return
    for first in range(0, inputs, layer[BLOCK]):
        rows = min(layer[BLOCK], inputs - first)
        product(
            rows, batch, layer[OUTPUTS], source, at + first, ONE, source_row, work, d, row, memory.zeros, ZERO,
            memory.gradient, ZERO, row, PLAIN, ZERO,
        )  # fmt: skip
        _end_block(layer, memory, rates, state, first * row, rows * row, batch)


def _no_step(grouped, layer, memory, rates, state, x, batch):
    pass


@where_sparse(_no_step)
def _step_sparse_layer(grouped, layer, memory, rates, state, x, batch):
    """The same of the first layer, for sparse inputs."""
    inputs, row, work, d = layer[INPUTS], layer[ROW], memory.work, layer[D]
    _add_up(layer, memory, batch, work, d + batch * row)
    for first in range(0, inputs, layer[BLOCK]):
        rows = min(layer[BLOCK], inputs - first)
        product_with_columns(
            x.batch, first, rows, grouped, layer[OUTPUTS], work, d, row, memory.zeros, memory.gradient, row
        )  # fmt: skip
        _end_block(layer, memory, rates, state, first * row, rows * row, batch)


@njit(inline="always", **OPTIONS)
def _end_block(layer, memory, rates, state, at, size, batch):
    """The step of so many weights of a layer, whose gradient is there; the biases follow the last ones."""
    begin, biases = layer[WEIGHTS] + at, ZERO
    if begin + size == layer[BIASES]:
        _add_up(layer, memory, batch, memory.gradient, size)
        biases = layer[ROW]
    # Biases do not decay.
    alike = biases if rates.decay == 0 else ZERO
    _update(memory, rates, state, begin, ZERO, size + alike, rates.decay)
    if alike < biases:
        _update(memory, rates, state, begin, size, size + biases, rates.no_decay)


@njit(inline="always", **OPTIONS)
def _update(memory, rates, state, begin, first, last, decay):
    """The parameters from `begin` on, their gradient and Adam's averages, from the first to the last."""
    count = state.size // 3
    at, end = begin + first, begin + last
    update(
        rates.optimizer, state[at:end], memory.gradient[first:last], state[count + at : count + end],
        state[2 * count + at : 2 * count + end], rates.rate, rates.of_root, decay,
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _add_up(layer, memory, batch, out, out_at):
    """The gradient d of a layer's sums over the batch, which is that of the biases."""
    product(
        ONE, batch, layer[OUTPUTS], memory.one, ZERO, ZERO, ZERO, memory.work, layer[D], layer[ROW], memory.zeros, ZERO,
        out, out_at, ZERO, PLAIN, ZERO,
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _transpose(layer, below, memory, parameters):
    """The weights of a layer, as `transposed`."""
    if layer[ROW] == 1:
        column(memory, layer, parameters, below[ROW])
    else:
        transpose(
            layer[INPUTS], layer[OUTPUTS], parameters, layer[WEIGHTS], layer[ROW], memory.transposed, 0, below[ROW]
        )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _propagate(layer, below, settings, memory, batch):
    """The gradient of the loss with respect to the inputs of a layer, where the d of the layer below will be."""
    work, row, kind = memory.work, below[ROW], GATED if settings.activation == RECTIFIER else PLAIN
    product(
        batch, layer[OUTPUTS], layer[INPUTS], work, layer[D], layer[ROW], ONE, memory.transposed, ZERO, row,
        memory.zeros, ZERO, work, below[D], row, kind, below[A],
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _activate_backward(below, settings, memory, batch, mask):
    """Turn the gradient with respect to a layer's activations into d, that with respect to its sums."""
    work, size, z, a, d = memory.work, batch * below[ROW], below[Z], below[A], below[D]
    if mask.size:
        drop(work, d, mask, below[MASK], size)
    if settings.activation != RECTIFIER:
        if mask.size:
            # As they were before they were divided by it; those that were dropped have no gradient.
            for i in range(a, a + size):
                work[i] *= settings.kept
        backward(settings.activation, work[d : d + size], work[z : z + size], work[a : a + size])


@njit(**OPTIONS)
def run(memory, settings, state, x, sparse, grouped, y, order, mask, batch_size, first, last, taken):
    """The steps of batches first to last - 1 of x (samples, inputs) and y (samples, outputs), both flat.

    Args:
        x: empty where the inputs are sparse.
        sparse, grouped: all of them, and these batches by columns; None where they are not sparse.
        state: parameters and Adam's two averages, (3, parameters), flat.
        order: of the samples, (samples,); empty where they are taken as they lie.
        mask: a part of equal size for each of these batches, which begins with `first`; or empty.
        taken: steps before the first batch.
    """
    inputs, outputs = memory.plan[0, INPUTS], memory.plan[-1, OUTPUTS]
    samples, masked = y.size // outputs, mask.size // max(1, last - first)
    for index in range(first, last):
        at = index * batch_size
        batch = min(batch_size, samples - at)
        if order.size:
            _gather(y, outputs, order, at, batch, memory.y)
            if x.size:
                _gather(x, inputs, order, at, batch, memory.x)
        # One call for both cases: each would be compiled apart.
        dense, target, begin = (memory.x, memory.y, 0) if order.size else (x, y, at)
        part = mask[(index - first) * masked : (index - first + 1) * masked]
        decay = settings.weight_decay / batch if settings.decay_per_batch else settings.weight_decay
        rate, of_root = step_rates(settings.optimizer, taken + index + 1, settings.learning_rate)
        of = state.dtype.type
        rates = Rates(settings.optimizer, of(rate), of(of_root), of(decay), of(0))
        source = Inputs(dense, begin * inputs, sparse, order, at, grouped, index - first)
        step(memory, settings, rates, state, source, target, begin * outputs, batch, part)


@njit(inline="always", **OPTIONS)
def _gather(source, columns, order, at, batch, target):
    """Rows of source (samples, columns), in order."""
    for i in range(batch):
        row = order[at + i] * columns
        for j in range(columns):
            target[i * columns + j] = source[row + j]


@njit(**OPTIONS)
def evaluate(memory, settings, parameters, x, sparse, order, batch_size, outputs):
    """The last layer's sums for x (samples, inputs), or sparse, into outputs (samples, outputs), flat; no order."""
    last = memory.plan[-1]
    inputs, columns = memory.plan[0, INPUTS], last[OUTPUTS]
    samples = outputs.size // columns
    for at in range(0, samples, batch_size):
        batch = min(batch_size, samples - at)
        source = Inputs(x, at * inputs, sparse, order, at, None, ZERO)
        forward(memory, settings.activation, parameters, source, batch, memory.zeros[:0])
        for i in range(batch):
            for j in range(columns):
                outputs[(at + i) * columns + j] = memory.work[last[Z] + i * last[ROW] + j]
