"""Optimizers as one call over flat memory."""

from collections.abc import Callable

import torch
from torch import Tensor

# What torch.optim.Adam takes by default (Kingma and Ba, 2015).
_BETAS, _EPSILON = (0.9, 0.999), 1e-8

# Updates the parameters by their gradient; takes the number of this step, from 1, as a float32 tensor.
Update = Callable[[Tensor], object]


def adam(flat: Tensor, gradient: Tensor, exp_avg: Tensor, exp_avg_sq: Tensor, learning_rate: float) -> Update:
    """The kernel of torch.optim.Adam(fused=True), without the checks around it, which take longer than it does."""
    kernel = torch._fused_adam_
    parameters, gradients, averages, squares = [flat], [gradient], [exp_avg], [exp_avg_sq]

    def update(count: Tensor) -> None:
        kernel(
            parameters, gradients, averages, squares, [], [count],
            lr=learning_rate, beta1=_BETAS[0], beta2=_BETAS[1], weight_decay=0.0, eps=_EPSILON,
            amsgrad=False, maximize=False,
        )  # fmt: skip

    return update


def sgd(flat: Tensor, gradient: Tensor, learning_rate: float) -> Update:
    """Plain gradient descent."""
    return lambda count: flat.add_(gradient, alpha=-learning_rate)


def decayed(update: Update, flat: Tensor, gradient: Tensor, decay: Tensor) -> Update:
    """The update with L2: the gradient first gets decay times the parameters, elementwise."""

    def with_decay(count: Tensor) -> None:
        gradient.addcmul_(flat, decay)
        update(count)

    return with_decay
