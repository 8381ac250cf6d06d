"""Activations as the training computes them: a value and a gradient each, into memory that is already there."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# torch replaces the softplus of values above a threshold by the identity; here there is none to speak of.
_NO_THRESHOLD = 1e30

_aten = torch.ops.aten


@dataclass(frozen=True)
class Activation:
    """How a layer's units answer.

    forward(z, a) writes the answer to z into a; backward(d, z, a) turns d, the gradient with respect to a, into that
    with respect to z. Where in_place is true, a is the memory of z.
    """

    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor, Tensor], object]
    in_place: bool = False


def _sin_backward(d: Tensor, z: Tensor, a: Tensor) -> None:
    d.mul_(torch.cos(z, out=z))


def _gaussian_forward(z: Tensor, a: Tensor) -> None:
    torch.mul(z, z, out=a).neg_().exp_()


def _gaussian_backward(d: Tensor, z: Tensor, a: Tensor) -> None:
    d.mul_(torch.mul(z, a, out=z)).mul_(-2)


# The same functions as training.jets has, by the same names.
ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation(
        lambda z, a: z.tanh_(), lambda d, z, a: _aten.tanh_backward.grad_input(d, a, grad_input=d), in_place=True
    ),
    "sin": Activation(lambda z, a: torch.sin(z, out=a), _sin_backward),
    "sigmoid": Activation(
        lambda z, a: z.sigmoid_(), lambda d, z, a: _aten.sigmoid_backward.grad_input(d, a, grad_input=d), in_place=True
    ),
    "silu": Activation(
        lambda z, a: _aten.silu.out(z, out=a), lambda d, z, a: _aten.silu_backward.grad_input(d, z, grad_input=d)
    ),
    "gelu": Activation(
        lambda z, a: _aten.gelu.out(z, approximate="tanh", out=a),
        lambda d, z, a: _aten.gelu_backward.grad_input(d, z, approximate="tanh", grad_input=d),
    ),
    "softplus": Activation(
        lambda z, a: _aten.softplus.out(z, 1, _NO_THRESHOLD, out=a),
        lambda d, z, a: _aten.softplus_backward.grad_input(d, z, 1, _NO_THRESHOLD, grad_input=d),
    ),
    "gaussian": Activation(_gaussian_forward, _gaussian_backward),
    "relu": Activation(
        lambda z, a: z.relu_(),
        lambda d, z, a: _aten.threshold_backward.grad_input(d, a, 0, grad_input=d),
        in_place=True,
    ),
}
