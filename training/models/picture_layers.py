"""Layers of networks that look at pictures, in operations that a graph has too (training.export.picture_operations)."""

import torch
from torch import Tensor, fx, nn
from torch.nn.functional import conv2d, pad


@fx.wrap
def positions(pixels: Tensor, axis: int) -> Tensor:
    """Number the rows (axis 1) or columns (axis 2) of pictures (n, height, width, channels): 1, 2, …, (length,).

    In a function that stays one where it is traced: how a graph counts what has any size is the exporter's matter.
    """
    return torch.arange(1, pixels.shape[axis] + 1, dtype=torch.float32)


class Resizing(nn.Module):
    """Pixels (n, height, width, 3) uint8 → pictures (n, 3, side, side) float32, of the same range.

    Each new pixel is the mean of those around its place, weighted by a triangle as wide as two pixels, old or new,
    whichever are larger: linear interpolation where a picture grows, and no aliasing where it shrinks. Written out as
    two products, since runtimes do not agree on how to shrink.
    """

    def __init__(self, side: int):
        super().__init__()
        self._side = side
        self.middles = nn.Buffer(torch.arange(side, dtype=torch.float32)[:, None] + 0.5)

    def forward(self, pixels: Tensor) -> Tensor:
        picture = pixels.permute(0, 3, 1, 2).float()
        return self._parts(positions(pixels, 1)) @ picture @ self._parts(positions(pixels, 2)).permute(1, 0)

    def _parts(self, old: Tensor) -> Tensor:
        """The part that each of the old pixels has in each of the new ones, (side, length)."""
        scale = torch.amax(old, 0, True) / self._side
        width = torch.relu(scale - 1.0) + 1.0
        parts = torch.relu(1.0 - torch.abs(old - 0.5 - self.middles * scale) / width)
        return parts / torch.sum(parts, 1, True)


@fx.wrap
def convolved(
    x: Tensor, weight: Tensor, bias: Tensor, stride: int, pads: tuple[int, int, int, int], groups: int
) -> Tensor:
    """A convolution of x (n, channels, height, width).

    Args:
        pads: zeros above, left, below and right, as ONNX has them.
    """
    top, left, bottom, right = pads
    return conv2d(pad(x, (left, right, top, bottom)), weight, bias, stride, groups=groups)


class Convolution(nn.Module):
    """A convolution whose output has the size of its input divided by the stride, rounded up."""

    def __init__(self, weight: Tensor, bias: Tensor, size: int, stride: int, activated: bool, groups: int = 1):
        super().__init__()
        self.weight, self.bias = nn.Buffer(weight), nn.Buffer(bias)
        self._stride, self._activated, self._groups = stride, activated, groups
        kernel = weight.shape[-1]
        missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        first, last = missing // 2, missing - missing // 2
        self._pads = (first, first, last, last)

    def forward(self, x: Tensor) -> Tensor:
        y = convolved(x, self.weight, self.bias, self._stride, self._pads, self._groups)
        return torch.clamp(y, 0.0, 6.0) if self._activated else y
