"""The forward pass of a perceptron."""

from numba import njit

from training.kernels.activations import RELU as RECTIFIER
from training.kernels.activations import activate
from training.kernels.compilation import OPTIONS
from training.kernels.memory import BIASES, INPUTS, MASK, ONE, OUTPUTS, ROW, WEIGHTS, ZERO, A, Z
from training.kernels.products import product, product_with_column
from training.kernels.sparse import product_with_rows, where_sparse
from training.kernels.tiles import PLAIN, RELU


@njit(inline="always", **OPTIONS)
def forward(memory, activation, parameters, x, batch, mask):
    """The sums z and activations a of all layers, for inputs x (batch, inputs)."""
    plan, work = memory.plan, memory.work
    last = plan.shape[0] - 1
    source, at, source_row = x.dense, x.at, plan[0, INPUTS]
    for layer in range(last + 1):
        row, z, a = plan[layer, ROW], plan[layer, Z], plan[layer, A]
        if row == 1:
            column(memory, plan[layer], parameters, source_row)
            start = parameters[plan[layer, BIASES]]
            product_with_column(
                batch, plan[layer, INPUTS], source, at, source_row, memory.transposed, 0, start, work, z
            )  # fmt: skip
        else:
            ending = RELU if layer < last and activation == RECTIFIER else PLAIN
            if layer == 0 and x.sparse is not None:
                _sparse_sums(x.sparse, memory, plan[0], parameters, x, batch, ending)
            else:
                product(
                    batch, plan[layer, INPUTS], plan[layer, OUTPUTS], source, at, source_row, ONE,
                    parameters, plan[layer, WEIGHTS], row, parameters, plan[layer, BIASES], work, z, row, ending, ZERO,
                )  # fmt: skip
        if layer < last:
            if activation != RECTIFIER:
                activate(activation, work[z : z + batch * row], work[a : a + batch * row])
            drop(work, a, mask, plan[layer, MASK], batch * row)
        source, at, source_row = work, a, row


def _no_sums(sparse, memory, layer, parameters, x, batch, ending):
    pass


@where_sparse(_no_sums)
def _sparse_sums(sparse, memory, layer, parameters, x, batch, ending):
    """The sums of the first layer for sparse inputs."""
    outputs, row, weights = layer[OUTPUTS], layer[ROW], layer[WEIGHTS]
    product(
        ONE, layer[INPUTS], outputs, sparse.background, ZERO, ZERO, ONE, parameters, weights, row,
        parameters, layer[BIASES], memory.start, ZERO, ZERO, PLAIN, ZERO,
    )  # fmt: skip
    product_with_rows(
        batch, sparse, x.order, x.first, outputs, parameters, weights, row, memory.start,
        memory.work, layer[Z], row, ending,
    )  # fmt: skip


@njit(inline="always", **OPTIONS)
def column(memory, layer, parameters, padded):
    """The weights of a layer with one output, with zeros behind them, as `transposed`."""
    for i in range(layer[INPUTS]):
        memory.transposed[i] = parameters[layer[WEIGHTS] + i]
    for i in range(layer[INPUTS], padded):
        memory.transposed[i] = 0


@njit(inline="always", **OPTIONS)
def drop(values, at, mask, mask_at, size):
    """Multiply by the mask's factors: 0, or one over the part that is kept."""
    if mask.size:
        for i in range(size):
            values[at + i] *= mask[mask_at + i]
