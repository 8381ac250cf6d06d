"""Dropout of hidden units, for the fused steps."""

import torch
from torch import Tensor

from training.activations import Activation


class Dropout:
    """Drops units at random in training: each is kept with probability 1 - rate, and then divided by it.

    So the units have the same mean as where nothing is dropped (Srivastava et al., JMLR 15, 2014). All members of an
    engine drop the same units.

    Attributes:
        active: whether units are dropped, as in training, or all are kept.
    """

    def __init__(self, rate: float):
        self.active = False
        self._kept = 1 - rate
        self._generator = torch.Generator()

    def seed(self, seed: int) -> None:
        """What is drawn from now on follows from this alone."""
        self._generator.manual_seed(seed)

    def after(self, activation: Activation, z: Tensor) -> Activation:
        """The activation followed by dropout, of a layer whose z is (members, units, batch); z keeps its own memory."""
        y = z if activation.in_place else torch.empty_like(z)
        mask = torch.empty_like(z[:1])

        def forward(z: Tensor, a: Tensor) -> None:
            activation.forward(z, y)
            if self.active:
                mask.bernoulli_(self._kept, generator=self._generator).div_(self._kept)
                torch.mul(y, mask, out=a)
            else:
                a.copy_(y)

        def backward(d: Tensor, z: Tensor, a: Tensor) -> None:
            activation.backward(d.mul_(mask), z, y)

        return Activation(forward, backward)
