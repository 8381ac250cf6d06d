"""Forward, backward and the steps of a perceptron, over flat memory that is laid out before.

The memory of a network is described by a plan, a row for each layer:

- `inputs` and `outputs` of the layer, and `row`, the memory of a row of outputs (training.kernels.products);
- where the layer's weights (inputs, row) and biases (row,) begin in the parameters;
- where its sums z, the activations a of them, and the gradient d with respect to the sums begin in the work memory,
  each (batch, row); they may share memory where the one is not needed after the other;
- where its factors begin in the mask of a batch, which drops units; without dropout a mask is empty.

A last layer with one output, behind another layer, has rows of one number: a padded row would be mostly padding. Its
weights are padded to whole vectors instead.

A layer's parameters take their step after they have handed the gradient down, and by blocks of rows, each while its
gradient is still in the fastest cache: the plan says how many rows of weights a block has.
"""

from typing import Any, NamedTuple

from numba import njit

from training.kernels import OPTIONS
from training.kernels.activations import RELU as RECTIFIER
from training.kernels.activations import activate, backward
from training.kernels.losses import differentiate
from training.kernels.optimizers import rates, update
from training.kernels.products import product, product_with_column, transpose
from training.kernels.sparse import group, product_with_columns, product_with_rows
from training.kernels.tiles import GATED, PLAIN, RELU

COLUMNS = ("inputs", "outputs", "row", "weights", "biases", "z", "a", "d", "mask", "block")
_INPUTS, _OUTPUTS, _ROW, _WEIGHTS, _BIASES, _Z, _A, _D, _MASK, _BLOCK = range(len(COLUMNS))


class Rule(NamedTuple):
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


class Memory(NamedTuple):
    """The plan, what a step writes to, and the constants it reads; all but the plan flat.

    `gradient` has room for a block of weights and the biases, x and y for a batch, `transposed` for the largest layer,
    `zeros` and `start` for the longest row, `grouped` for a batch of sparse inputs; `one` is a one.
    """

    plan: Any
    gradient: Any
    work: Any
    x: Any
    y: Any
    transposed: Any
    zeros: Any
    start: Any
    one: Any
    grouped: Any


class Way(NamedTuple):
    """How parameters take a step (training.kernels.optimizers); biases with `no_decay`."""

    optimizer: int
    rate: Any
    of_root: Any
    decay: Any
    no_decay: Any


class Inputs(NamedTuple):
    """A batch of inputs: rows of the dense ones from `at` on, or where the sparse ones have any, of these.

    Sparse rows are taken in order, from its number `first` on, or as they lie if it is empty.
    """

    dense: Any
    at: int
    sparse: Any
    order: Any
    first: int


@njit(inline="always", **OPTIONS)
def forward(memory, activation, parameters, x, batch, mask):
    """The sums z and activations a of all layers, for inputs x (batch, inputs)."""
    plan, work = memory.plan, memory.work
    last = plan.shape[0] - 1
    source, at, source_row = x.dense, x.at, plan[0, _INPUTS]
    for layer in range(last + 1):
        row, z, a = plan[layer, _ROW], plan[layer, _Z], plan[layer, _A]
        if row == 1:
            _column(memory, plan[layer], parameters, source_row)
            start = parameters[plan[layer, _BIASES]]
            product_with_column(
                batch, plan[layer, _INPUTS], source, at, source_row, memory.transposed, 0, start, work, z
            )  # fmt: skip
        else:
            ending = RELU if layer < last and activation == RECTIFIER else PLAIN
            if layer == 0 and x.sparse.starts.size:
                _sparse_sums(memory, plan[0], parameters, x, batch, ending)
            else:
                product(
                    batch, plan[layer, _INPUTS], plan[layer, _OUTPUTS], source, at, source_row, 1,
                    parameters, plan[layer, _WEIGHTS], row, parameters, plan[layer, _BIASES], work, z, row, ending, 0,
                )  # fmt: skip
        if layer < last:
            if activation != RECTIFIER:
                activate(activation, work[z : z + batch * row], work[a : a + batch * row])
            _drop(work, a, mask, plan[layer, _MASK], batch * row)
        source, at, source_row = work, a, row


@njit(inline="always", **OPTIONS)
def _sparse_sums(memory, layer, parameters, x, batch, ending):
    """The sums of the first layer for sparse inputs."""
    outputs, row, weights = layer[_OUTPUTS], layer[_ROW], layer[_WEIGHTS]
    product(
        1, layer[_INPUTS], outputs, x.sparse.background, 0, 0, 1, parameters, weights, row,
        parameters, layer[_BIASES], memory.start, 0, 0, PLAIN, 0,
    )  # fmt: skip
    product_with_rows(
        batch, x.sparse, x.order, x.first, outputs, parameters, weights, row, memory.start,
        memory.work, layer[_Z], row, ending,
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _column(memory, layer, parameters, padded):
    """The weights of a layer with one output, with zeros behind them, as `transposed`."""
    for i in range(layer[_INPUTS]):
        memory.transposed[i] = parameters[layer[_WEIGHTS] + i]
    for i in range(layer[_INPUTS], padded):
        memory.transposed[i] = 0


@njit(inline="always", **OPTIONS)
def _drop(values, at, mask, mask_at, size):
    """Multiply by the mask's factors: 0, or one over the part that is kept."""
    if mask.size:
        for i in range(size):
            values[at + i] *= mask[mask_at + i]


@njit(inline="always", **OPTIONS)
def step(memory, rule, way, state, x, y, y_at, batch, mask):
    """By the gradient of the loss for inputs x and y (batch, outputs)."""
    forward(memory, rule.activation, state, x, batch, mask)
    plan = memory.plan
    last = plan.shape[0] - 1
    differentiate(rule.loss, batch, plan[last, _OUTPUTS], memory.work, plan[last, _D], plan[last, _ROW], y, y_at)
    for layer in range(last, 0, -1):
        below = plan[layer - 1]
        _propagate(plan[layer], below, rule, memory, state, batch)
        _step_layer(plan[layer], memory, way, state, memory.work, below[_A], below[_ROW], batch)
        _activate_backward(below, rule, memory, batch, mask)
    if x.sparse.starts.size:
        _step_sparse_layer(plan[0], memory, way, state, x, batch)
    else:
        _step_layer(plan[0], memory, way, state, x.dense, x.at, plan[0, _INPUTS], batch)


@njit(inline="always", **OPTIONS)
def _step_layer(layer, memory, way, state, source, at, source_row, batch):
    """Of a layer's weights and biases, by its inputs (batch, inputs) and the gradient d of its sums."""
    inputs, row, work, d = layer[_INPUTS], layer[_ROW], memory.work, layer[_D]
    if row == 1:
        # As a row.
        product(
            1, batch, inputs, work, d, 0, 1, source, at, source_row, memory.zeros, 0, memory.gradient, 0, 0, PLAIN, 0
        )  # fmt: skip
        _end_block(layer, memory, way, state, 0, layer[_BIASES] - layer[_WEIGHTS], batch)
        return
    for first in range(0, inputs, layer[_BLOCK]):
        rows = min(layer[_BLOCK], inputs - first)
        product(
            rows, batch, layer[_OUTPUTS], source, at + first, 1, source_row, work, d, row, memory.zeros, 0,
            memory.gradient, 0, row, PLAIN, 0,
        )  # fmt: skip
        _end_block(layer, memory, way, state, first * row, rows * row, batch)


@njit(inline="always", **OPTIONS)
def _step_sparse_layer(layer, memory, way, state, x, batch):
    """The same of the first layer, for sparse inputs."""
    inputs, row, work, d = layer[_INPUTS], layer[_ROW], memory.work, layer[_D]
    group(batch, x.sparse, x.order, x.first, memory.grouped)
    _add_up(layer, memory, batch, work, d + batch * row)
    for first in range(0, inputs, layer[_BLOCK]):
        rows = min(layer[_BLOCK], inputs - first)
        product_with_columns(
            first, rows, memory.grouped, layer[_OUTPUTS], work, d, row, memory.zeros, memory.gradient, row
        )  # fmt: skip
        _end_block(layer, memory, way, state, first * row, rows * row, batch)


@njit(inline="always", **OPTIONS)
def _end_block(layer, memory, way, state, at, size, batch):
    """The step of so many weights of a layer, whose gradient is there; the biases follow the last ones."""
    begin, biases = layer[_WEIGHTS] + at, 0
    if begin + size == layer[_BIASES]:
        _add_up(layer, memory, batch, memory.gradient, size)
        biases = layer[_ROW]
    # Biases do not decay.
    alike = biases if way.decay == 0 else 0
    _update(memory, way, state, begin, 0, size + alike, way.decay)
    if alike < biases:
        _update(memory, way, state, begin, size, size + biases, way.no_decay)


@njit(inline="always", **OPTIONS)
def _update(memory, way, state, begin, first, last, decay):
    """The parameters from `begin` on, their gradient and Adam's averages, from the first to the last."""
    count = state.size // 3
    at, end = begin + first, begin + last
    update(
        way.optimizer, state[at:end], memory.gradient[first:last], state[count + at : count + end],
        state[2 * count + at : 2 * count + end], way.rate, way.of_root, decay,
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _add_up(layer, memory, batch, out, out_at):
    """The gradient d of a layer's sums over the batch, which is that of the biases."""
    product(
        1, batch, layer[_OUTPUTS], memory.one, 0, 0, 0, memory.work, layer[_D], layer[_ROW], memory.zeros, 0,
        out, out_at, 0, PLAIN, 0,
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _propagate(layer, below, rule, memory, parameters, batch):
    """The gradient of the loss with respect to the inputs of a layer, where the d of the layer below will be."""
    outputs, work, zeros, transposed = layer[_OUTPUTS], memory.work, memory.zeros, memory.transposed
    kind, row = GATED if rule.activation == RECTIFIER else PLAIN, below[_ROW]
    if layer[_ROW] == 1:
        _column(memory, layer, parameters, row)
    else:
        transpose(layer[_INPUTS], outputs, parameters, layer[_WEIGHTS], layer[_ROW], transposed, 0, row)
    product(
        batch, outputs, layer[_INPUTS], work, layer[_D], layer[_ROW], 1, transposed, 0, row, zeros, 0,
        work, below[_D], row, kind, below[_A],
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _activate_backward(below, rule, memory, batch, mask):
    """From the gradient with respect to a layer's activations to d, that with respect to its sums."""
    work, size, z, a, d = memory.work, batch * below[_ROW], below[_Z], below[_A], below[_D]
    if mask.size:
        _drop(work, d, mask, below[_MASK], size)
        # As they were before they were divided by it; those that were dropped have no gradient.
        for i in range(a, a + size):
            work[i] *= rule.kept
    if rule.activation != RECTIFIER:
        backward(rule.activation, work[d : d + size], work[z : z + size], work[a : a + size])


@njit(**OPTIONS)
def run(memory, rule, state, x, sparse, y, order, mask, batch_size, first, last, taken):
    """The steps of batches first to last - 1 of x (samples, inputs) and y (samples, outputs), both flat.

    Args:
        x, sparse: the one or the other is empty.
        state: parameters and Adam's two averages, (3, parameters), flat.
        order: of the samples, (samples,); empty where they are taken as they lie.
        mask: a part of equal size for each of these batches, which begins with `first`; or empty.
        taken: steps before the first batch.
    """
    inputs, outputs = memory.plan[0, _INPUTS], memory.plan[-1, _OUTPUTS]
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
        decay = rule.weight_decay / batch if rule.decay_per_batch else rule.weight_decay
        rate, of_root = rates(rule.optimizer, taken + index + 1, rule.learning_rate)
        of = state.dtype.type
        way = Way(rule.optimizer, of(rate), of(of_root), of(decay), of(0))
        source = Inputs(dense, begin * inputs, sparse, order, at)
        step(memory, rule, way, state, source, target, begin * outputs, batch, part)


@njit(inline="always", **OPTIONS)
def _gather(source, columns, order, at, batch, target):
    """Rows of source (samples, columns), in order."""
    for i in range(batch):
        row = order[at + i] * columns
        for j in range(columns):
            target[i * columns + j] = source[row + j]


@njit(**OPTIONS)
def evaluate(memory, rule, parameters, x, sparse, order, batch_size, outputs):
    """The last layer's sums for x (samples, inputs), or sparse, into outputs (samples, outputs), flat; no order."""
    last = memory.plan[-1]
    inputs, columns = memory.plan[0, _INPUTS], last[_OUTPUTS]
    samples = outputs.size // columns
    for at in range(0, samples, batch_size):
        batch = min(batch_size, samples - at)
        forward(memory, rule.activation, parameters, Inputs(x, at * inputs, sparse, order, at), batch, memory.zeros[:0])
        for i in range(batch):
            for j in range(columns):
                outputs[(at + i) * columns + j] = memory.work[last[_Z] + i * last[_ROW] + j]
