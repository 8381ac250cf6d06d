"""Maps in which one number stands for several, in functions that stay whole where they are traced for a graph."""

from torch import Tensor, fx
from torch.nn.functional import avg_pool2d, max_pool2d

Kernel = tuple[int, int]


@fx.wrap
def largest(x: Tensor, kernel: Kernel) -> Tensor:
    """The largest of each kernel of numbers in maps (n, channels, height, width); what is left over is not seen."""
    return max_pool2d(x, kernel)


@fx.wrap
def mean(x: Tensor, kernel: Kernel) -> Tensor:
    """Their mean, likewise."""
    return avg_pool2d(x, kernel)


def reduced(u: Tensor, by: int) -> Tensor:
    """Maps in which a mean stands for as many pixels on each side."""
    return mean(u, (by, by)) if by > 1 else u


def pooled(u: Tensor, kernel: Kernel) -> Tensor:
    """Maps in which the largest stands for so many numbers."""
    return largest(u, kernel) if kernel != (1, 1) else u
