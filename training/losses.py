"""Losses, each by its gradient: what to do to the outputs to get a residual, and its factor.

Outputs and targets are (members, outputs, batch). The gradient of every loss with respect to the outputs of the last
layer, before any sigmoid or softmax, is the residual times the factor (Bishop, Pattern Recognition and Machine
Learning, Springer 2006, section 5.2).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """residual(outputs, targets) overwrites the outputs; factor(outputs, batch) completes the gradient."""

    residual: Callable[[Tensor, Tensor], object]
    factor: Callable[[int, int], float]


def _mean_squared_error(outputs: Tensor, targets: Tensor) -> None:
    outputs.sub_(targets)


def _binary_cross_entropy(outputs: Tensor, targets: Tensor) -> None:
    outputs.sigmoid_().sub_(targets)


def _cross_entropy(outputs: Tensor, targets: Tensor) -> None:
    torch.softmax(outputs, -2, out=outputs).sub_(targets)


LOSSES: dict[str, Loss] = {
    "mean_squared_error": Loss(_mean_squared_error, lambda outputs, batch: 2 / (outputs * batch)),
    # Summed over the outputs, averaged over the batch.
    "binary_cross_entropy": Loss(_binary_cross_entropy, lambda outputs, batch: 1 / batch),
    "cross_entropy": Loss(_cross_entropy, lambda outputs, batch: 1 / batch),
}
