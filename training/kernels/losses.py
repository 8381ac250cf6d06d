"""Losses, each by its gradient with respect to the outputs of the last layer, before any sigmoid or softmax.

It is a residual times a factor (Bishop, Pattern Recognition and Machine Learning, Springer 2006, section 5.2).
"""

from numba import njit

from training.kernels.compilation import OPTIONS
from training.kernels.elementary import exp
from training.kernels.vectors import apart

# Compiled code knows them by their place. Cross-entropies are averaged over the batch; the binary one is summed over
# the outputs.
NAMES = ("mean_squared_error", "binary_cross_entropy", "cross_entropy")
_MEAN_SQUARED_ERROR, _BINARY_CROSS_ENTROPY, _CROSS_ENTROPY = range(len(NAMES))


@njit(**OPTIONS)
def differentiate(name, batch, outputs, values, values_at, values_row, targets, targets_at):
    """Values (batch, outputs) become the gradient of the loss; targets are (batch, outputs) side by side."""
    apart()
    one = values.dtype.type(1)
    factor = values.dtype.type(2 / (batch * outputs) if name == _MEAN_SQUARED_ERROR else 1 / batch)
    for i in range(batch):
        at = values_at + i * values_row
        if name == _BINARY_CROSS_ENTROPY:
            for j in range(at, at + outputs):
                values[j] = one / (one + exp(-values[j]))
        elif name == _CROSS_ENTROPY:
            _softmax(values[at : at + outputs])
        for j in range(outputs):
            values[at + j] = (values[at + j] - targets[targets_at + i * outputs + j]) * factor


@njit(**OPTIONS)
def _softmax(row):
    highest, total = row[0], row.dtype.type(0)
    for j in range(1, row.size):
        highest = max(highest, row[j])
    for j in range(row.size):
        row[j] = exp(row[j] - highest)
        total += row[j]
    for j in range(row.size):
        row[j] /= total
