"""The convolutional network: its layers by the size of a picture, from one pixel to a thousand."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.models.pooling import pooled, reduced

# Larger pictures are reduced first, to a side of 64 to 127 pixels: what is told apart by finer detail needs features.
_LARGEST = 64
# From this side the first convolution takes every other pixel: the same that is seen, for a quarter of the work.
_STRIDED = 48
# Below, the first convolution reads beyond the edges, and its output is not halved.
_ROOMY, _HALVED = 20, 16
# What the last map is pooled to: places still matter, and the dense layer stays small.
_LAST = 4
# A map of this side loses its edge in a convolution; a smaller one keeps it.
_TRIMMED = 8


class Sides(NamedTuple):
    """Height and width of a map."""

    height: int
    width: int

    @property
    def least(self) -> int:
        return min(self)

    def after(self, kernel: int, stride: int, padding: int) -> "Sides":
        """The sides after a convolution."""
        return Sides(*((side + 2 * padding - kernel) // stride + 1 for side in self))

    def pooled(self, kernel: tuple[int, int]) -> "Sides":
        return Sides(*(side // k for side, k in zip(self, kernel, strict=True)))


@dataclass(frozen=True)
class Convolution:
    """A convolution, and the pooling behind it: of maps (kernel, kernel) into one number each."""

    channels: tuple[int, int]
    kernel: int
    stride: int
    padding: int
    pooling: tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """All layers for pictures of a shape: how much they are reduced, the convolutions, the number and sides of the last
    maps.
    """

    reduction: int
    convolutions: tuple[Convolution, ...]
    channels: int
    places: Sides

    @property
    def features(self) -> int:
        """How many numbers the dense layer takes."""
        return self.channels * self.places.height * self.places.width

    @classmethod
    def of(cls, shape: tuple[int, ...], channels: tuple[int, ...]) -> "Plan":
        """For pictures (height, width) or (height, width, 3), and the channels of each convolution.

        A map is halved where twice what is left to halve remains, so that the last has a side of about four.
        """
        reduction = min(max(1, max(shape[:2]) // _LARGEST), *shape[:2])
        sides = Sides(*shape[:2]).pooled((reduction, reduction))
        made: list[Convolution] = []
        before = 3 if len(shape) == 3 else 1
        for number, after in enumerate(channels):
            left = len(channels) - number - 1
            kernel, stride, padding, halved = _first(sides) if not number else _later(sides, left)
            sides = sides.after(kernel, stride, padding)
            pooling = (2, 2) if halved else (1, 1)
            if not left:
                pooling = tuple(-(-side // _LAST) for side in sides)  # type: ignore[assignment]
            sides = sides.pooled(pooling)
            made.append(Convolution((before, after), kernel, stride, padding, pooling))
            before = after
        return cls(reduction, tuple(made), before, sides)


def _first(sides: Sides) -> tuple[int, int, int, bool]:
    stride = 2 if sides.least >= _STRIDED else 1
    padding = 0 if sides.least >= _ROOMY else 2
    return 5, stride, padding, sides.after(5, stride, padding).least >= _HALVED


def _later(sides: Sides, left: int) -> tuple[int, int, int, bool]:
    padding = 0 if sides.least >= _TRIMMED else 1
    return 3, 1, padding, sides.after(3, 1, padding).least // 2 >= _LAST * 2 ** (left - 1)


class Block(nn.Module):
    """A convolution, its pooling, batch norm and the rectifier.

    The norm has a shift and no scale, which the weights behind it have as well: so it is an increasing function of each
    channel, and may be folded into the convolution in front of the pooling (folded.py).
    """

    def __init__(self, planned: Convolution):
        super().__init__()
        self.planned = planned
        before, after = planned.channels
        self.convolution = nn.Conv2d(before, after, planned.kernel, planned.stride, planned.padding, bias=False)
        self.norm = nn.BatchNorm2d(after)
        self.norm.weight.requires_grad_(False)

    def forward(self, u: Tensor) -> Tensor:
        u = self.convolution(u)
        return torch.relu(self.norm(pooled(u, self.planned.pooling)))


class ConvolutionalNetwork(nn.Module):
    """Standardised pictures (n, channels, height, width) → logits (n, classes)."""

    def __init__(self, plan: Plan, classes: int, dropout: float):
        super().__init__()
        self.plan = plan
        self.blocks = nn.ModuleList(Block(planned) for planned in plan.convolutions)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(plan.features, classes)

    def forward(self, u: Tensor) -> Tensor:
        u = reduced(u, self.plan.reduction)
        for block in self.blocks:
            u = block(u)
        logits: Tensor = self.last(self.dropout(torch.flatten(u, 1)))
        return logits
