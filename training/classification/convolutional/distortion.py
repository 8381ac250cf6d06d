"""More pictures from those that there are, a batch at a time: shifted, turned, scaled, sheared, and mirrored."""

from dataclasses import dataclass
from math import pi

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample

from training.classification.pictures import PictureSet


@dataclass(frozen=True)
class Distortion:
    """How much a picture is changed at most, each way.

    Attributes:
        angle: in degrees.
        scale: of both sides, and half as much of one beside the other.
        shear: of a row against the next.
        shift: as a part of a side.
        mirrored: whether left and right mean nothing.
    """

    angle: float
    scale: float
    shear: float
    shift: float
    mirrored: bool

    def matrices(self, count: int, generator: Generator) -> Tensor:
        """One for each picture, (count, 2, 3): from where in the picture its pixels come, in halves of its sides."""
        drawn = 2 * torch.rand(6, count, generator=generator) - 1
        angle, across = drawn[0] * self.angle * pi / 180, 1 + drawn[1] * self.scale
        down, shear = across * (1 + drawn[2] * self.scale / 2), drawn[3] * self.shear
        x, y = 2 * self.shift * drawn[4:]
        rows = [across * angle.cos(), shear - down * angle.sin(), x, across * angle.sin(), down * angle.cos(), y]
        found = torch.stack(rows, 1).reshape(count, 2, 3)
        if self.mirrored:
            found[torch.rand(count, generator=generator) < 0.5, :, 0] *= -1
        return found

    def __call__(self, u: Tensor, generator: Generator) -> Tensor:
        """The pictures (n, channels, height, width), each changed by what is drawn for it; edges are repeated.

        What is drawn is drawn on the CPU, so that it is the same wherever the pictures are.
        """
        grid = affine_grid(self.matrices(len(u), generator).to(u), list(u.shape), align_corners=False)
        return grid_sample(u, grid, padding_mode="border", align_corners=False)


DIGITS = Distortion(angle=10, scale=0.1, shear=0.1, shift=1 / 14, mirrored=False)
OBJECTS = Distortion(angle=10, scale=0.1, shear=0.1, shift=1 / 14, mirrored=True)
# Many pictures show by themselves how objects are turned: of Fashion-MNIST, 5,000 pictures that were held out, and the
# test pictures, are told apart by 1.3 and 1.1 points better than with the others.
MANY_OBJECTS = Distortion(angle=0, scale=0, shear=0, shift=1 / 28, mirrored=True)
_MANY = 10_000


def distortion_of(pictures: PictureSet) -> Distortion:
    """What does not change the class of these."""
    if pictures.preparation == "digit":
        return DIGITS
    return MANY_OBJECTS if len(pictures.train) >= _MANY else OBJECTS
