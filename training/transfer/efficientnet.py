"""EfficientNet-Lite0 up to its last map: a frozen network that makes 1,280 features of a picture.

Tan and Le, EfficientNet (ICML 2019), in the variant for small machines: no squeezing, and activations that end at 6. It
was trained on ImageNet's pictures of 224 x 224 pixels. Batch normalisations are folded into the convolutions before
them.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.models.picture_layers import Convolution, Resizing

SIDE, CHANNELS, MAP = 224, 1_280, 7
# Its inputs are about -1 to 1.
_MIDDLE, _SPREAD = 127.0, 128.0
_STEM = 32


class Stage(NamedTuple):
    """Blocks that follow each other, of which the first has the stride."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
# The weight (out, in, k, k) and the bias (out,) of a convolution, by the names of it and of its normalisation.
Folded = Callable[[str, str], tuple[Tensor, Tensor]]


class Block(nn.Module):
    """An inverted bottleneck: more channels, a convolution of each, and fewer; added to its input where it can be."""

    def __init__(self, parts: list[Convolution], skips: bool):
        super().__init__()
        self.parts, self._skips = nn.ModuleList(parts), skips

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for part in self.parts:
            y = part(y)
        return y + x if self._skips else y


class EfficientNet(nn.Module):
    """The network as pixels (n, height, width, 3) uint8, of any size → its last map (n, 1280, 7, 7) float32.

    Args:
        folded: gives the weights of a convolution.
    """

    def __init__(self, folded: Folded):
        super().__init__()
        stem = Convolution(*folded("_conv_stem", "_bn0"), SIDE, 2, activated=True)
        head = Convolution(*folded("_conv_head", "_bn1"), MAP, 1, activated=True)
        self.resizing = Resizing(SIDE)
        self.layers = nn.Sequential(stem, *_blocks(folded), head)

    def forward(self, pixels: Tensor) -> Tensor:
        x = (self.resizing(pixels) - _MIDDLE) / _SPREAD
        found: Tensor = self.layers(x)
        return found


def pooled(last: Tensor) -> Tensor:
    """The features (n, channels) of maps (n, channels, height, width): the mean over all places."""
    return torch.mean(last, (2, 3))


def _blocks(folded: Folded) -> Iterator[Block]:
    number, size, channels = 0, SIDE // 2, _STEM
    for stage in _STAGES:
        for index in range(stage.blocks):
            name, stride = f"_blocks.{number}.", stage.stride if index == 0 else 1
            parts = []
            if stage.expansion > 1:
                parts.append(Convolution(*folded(f"{name}_expand_conv", f"{name}_bn0"), size, 1, activated=True))
            deep = folded(f"{name}_depthwise_conv", f"{name}_bn1")
            parts.append(Convolution(*deep, size, stride, activated=True, groups=len(deep[1])))
            size = -(-size // stride)
            parts.append(Convolution(*folded(f"{name}_project_conv", f"{name}_bn2"), size, 1, activated=False))
            yield Block(parts, skips=stride == 1 and channels == stage.channels)
            number, channels = number + 1, stage.channels
