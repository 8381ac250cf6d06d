"""Forward, backward and the steps of a perceptron, over flat memory that is laid out before.

The memory of a network is described by a plan, a row for each layer:

- `inputs` and `outputs` of the layer, and `row`, the memory of a row of outputs (training.kernels.products);
- where the layer's weights (inputs, row) and biases (row,) begin in the parameters, and likewise in the gradient;
- where its sums z, the activations a of them, and the gradient d with respect to the sums begin in the work memory,
  each (batch, row); they may share memory where the one is not needed after the other;
- where its factors begin in the mask of a batch, which drops units; without dropout a mask is empty.

A last layer with one output, behind another layer, has rows of one number: a padded row would be mostly padding.
"""

from typing import Any, NamedTuple

from numba import njit

from training.kernels import OPTIONS
from training.kernels.activations import RELU as RECTIFIER
from training.kernels.activations import activate, backward
from training.kernels.losses import differentiate
from training.kernels.optimizers import update
from training.kernels.products import product, product_with_column, transpose
from training.kernels.tiles import GATED, PLAIN, RELU

COLUMNS = ("inputs", "outputs", "row", "weights", "biases", "z", "a", "d", "mask")
_INPUTS, _OUTPUTS, _ROW, _WEIGHTS, _BIASES, _Z, _A, _D, _MASK = range(len(COLUMNS))


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

    x and y have room for a batch, `transposed` for the largest layer, `zeros` for the longest row; `one` is a one.
    """

    plan: Any
    gradient: Any
    work: Any
    x: Any
    y: Any
    transposed: Any
    zeros: Any
    one: Any


@njit(inline="always", **OPTIONS)
def forward(memory, activation, parameters, x, x_at, batch, mask):
    """The sums z and activations a of all layers, for x (batch, inputs) from x_at on."""
    plan, work = memory.plan, memory.work
    last = plan.shape[0] - 1
    source, at, source_row = x, x_at, plan[0, _INPUTS]
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
def compute_gradient(memory, rule, parameters, x, x_at, y, y_at, batch, mask):
    """The gradient of the loss for x (batch, inputs) and y (batch, outputs)."""
    forward(memory, rule.activation, parameters, x, x_at, batch, mask)
    plan = memory.plan
    last = plan.shape[0] - 1
    differentiate(rule.loss, batch, plan[last, _OUTPUTS], memory.work, plan[last, _D], plan[last, _ROW], y, y_at)
    for layer in range(last, 0, -1):
        below = plan[layer - 1]
        _layer_gradient(plan[layer], memory, memory.work, below[_A], below[_ROW], batch)
        _propagate(plan[layer], below, rule, parameters, memory, batch, mask)
    _layer_gradient(plan[0], memory, x, x_at, plan[0, _INPUTS], batch)


@njit(inline="always", **OPTIONS)
def _layer_gradient(layer, memory, source, at, source_row, batch):
    """Of a layer's weights and biases, from its inputs (batch, inputs) and the gradient d of its sums."""
    outputs, row, work, d = layer[_OUTPUTS], layer[_ROW], memory.work, layer[_D]
    gradient, zeros = memory.gradient, memory.zeros
    if row == 1:
        # As a row. What it has behind its end is the bias, which follows.
        product(
            1, batch, layer[_INPUTS], work, d, 0, 1, source, at, source_row, zeros, 0,
            gradient, layer[_WEIGHTS], source_row, PLAIN, 0,
        )  # fmt: skip
        total = gradient.dtype.type(0)
        for i in range(batch):
            total += work[d + i]
        gradient[layer[_BIASES]] = total
        return
    product(
        layer[_INPUTS], batch, outputs, source, at, 1, source_row, work, d, row, zeros, 0,
        gradient, layer[_WEIGHTS], row, PLAIN, 0,
    )  # fmt: skip
    product(
        1, batch, outputs, memory.one, 0, 0, 0, work, d, row, zeros, 0, gradient, layer[_BIASES], row, PLAIN, 0
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def _propagate(layer, below, rule, parameters, memory, batch, mask):
    """The gradient d of the sums of the layer below."""
    inputs, outputs, row, work = layer[_INPUTS], layer[_OUTPUTS], below[_ROW], memory.work
    if layer[_ROW] == 1:
        _column(memory, layer, parameters, row)
    else:
        transpose(inputs, outputs, parameters, layer[_WEIGHTS], layer[_ROW], memory.transposed, 0, row)
    size, z, a, d = batch * row, below[_Z], below[_A], below[_D]
    product(
        batch, outputs, inputs, work, layer[_D], layer[_ROW], 1, memory.transposed, 0, row, memory.zeros, 0,
        work, d, row, GATED if rule.activation == RECTIFIER else PLAIN, a,
    )  # fmt: skip
    if mask.size:
        _drop(work, d, mask, below[_MASK], size)
        # As they were before they were divided by it; those that were dropped have no gradient.
        for i in range(a, a + size):
            work[i] *= rule.kept
    if rule.activation != RECTIFIER:
        backward(rule.activation, work[d : d + size], work[z : z + size], work[a : a + size])


@njit(**OPTIONS)
def run(memory, rule, state, x, y, order, mask, batch_size, first, last, taken):
    """The steps of batches first to last - 1 of x (samples, inputs) and y (samples, outputs), both flat.

    Args:
        state: parameters and Adam's two averages, (3, parameters).
        order: of the samples, (samples,); empty where they are taken as they lie.
        mask: a part of equal size for each of these batches, which begins with `first`; or empty.
        taken: steps before the first batch.
    """
    parameters, inputs, outputs = state[0], memory.plan[0, _INPUTS], memory.plan[-1, _OUTPUTS]
    samples, masked = x.size // inputs, mask.size // max(1, last - first)
    for index in range(first, last):
        at = index * batch_size
        batch = min(batch_size, samples - at)
        if order.size:
            _gather(x, inputs, order, at, batch, memory.x)
            _gather(y, outputs, order, at, batch, memory.y)
        # One call for both cases: each would be compiled apart.
        source, target, begin = (memory.x, memory.y, 0) if order.size else (x, y, at)
        part = mask[(index - first) * masked : (index - first + 1) * masked]
        compute_gradient(memory, rule, parameters, source, begin * inputs, target, begin * outputs, batch, part)
        decay = rule.weight_decay / batch if rule.decay_per_batch else rule.weight_decay
        _update(memory, rule, state, taken + index + 1, decay)


@njit(inline="always", **OPTIONS)
def _gather(source, columns, order, at, batch, target):
    """Rows of source (samples, columns), in order."""
    for i in range(batch):
        row = order[at + i] * columns
        for j in range(columns):
            target[i * columns + j] = source[row + j]


@njit(inline="always", **OPTIONS)
def _update(memory, rule, state, step, decay):
    """All layers; biases do not decay."""
    if decay == 0:
        _update_part(memory, rule, state, 0, state.shape[1], step, 0.0)
        return
    for layer in range(memory.plan.shape[0]):
        weights, biases = memory.plan[layer, _WEIGHTS], memory.plan[layer, _BIASES]
        end = biases + memory.plan[layer, _ROW]
        _update_part(memory, rule, state, weights, biases, step, decay)
        _update_part(memory, rule, state, biases, end, step, 0.0)


@njit(inline="always", **OPTIONS)
def _update_part(memory, rule, state, begin, end, step, decay):
    update(
        rule.optimizer, state[0, begin:end], memory.gradient[begin:end], state[1, begin:end], state[2, begin:end],
        step, rule.learning_rate, decay,
    )  # fmt: skip


@njit(**OPTIONS)
def evaluate(memory, rule, parameters, x, batch_size, outputs):
    """The last layer's sums for x (samples, inputs), into outputs (samples, outputs), both flat."""
    last = memory.plan[-1]
    inputs, columns = memory.plan[0, _INPUTS], last[_OUTPUTS]
    samples = x.size // inputs
    for at in range(0, samples, batch_size):
        batch = min(batch_size, samples - at)
        forward(memory, rule.activation, parameters, x, at * inputs, batch, memory.zeros[:0])
        for i in range(batch):
            for j in range(columns):
                outputs[(at + i) * columns + j] = memory.work[last[_Z] + i * last[_ROW] + j]
