"""Where a classifier looks."""

from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from training.classification.diagnosis.occlusion import looked_at
from training.classification.picture_classifier import PictureClassifier


class Corner(PictureClassifier):
    """A class for bright pixels above on the left, and one for all others."""

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        bright = pixels[:, :3, :3].reshape(len(pixels), -1).float().mean(1) / 255
        return (torch.stack([bright, 1 - bright], 1),)


class Telling(Corner):
    outputs: ClassVar[tuple[str, ...]] = ("probabilities", "attention")

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        return (*super().forward(pixels), torch.tensor([[[1.0, -2.0], [3.0, 0.0]]]).expand(len(pixels), 2, 2))


@pytest.mark.parametrize("shape", [(21, 21), (28, 14, 3), (6, 40)])
def test_the_place_that_decides_is_found(shape: tuple[int, ...]) -> None:
    pixels = np.zeros((2, *shape), np.uint8)
    pixels[:, :3, :3] = 255
    heat = looked_at(Corner(), pixels, np.array([0, 0]))
    assert heat.shape == (2, min(7, shape[0]), min(7, shape[1]))
    row, column = np.unravel_index(heat[0].argmax(), heat[0].shape)
    assert (row * shape[0] // heat.shape[1], column * shape[1] // heat.shape[2]) < (3, 3)
    assert heat[0].max() > 0
    assert (heat[0, 4:, 4:] == 0).all()
    assert looked_at(Corner(), pixels, np.array([1, 1])).max() == 0


def test_a_network_that_says_it_itself_is_asked() -> None:
    heat = looked_at(Telling(), np.zeros((3, 8, 8), np.uint8), np.array([0, 0, 1]))
    assert heat.tolist() == [[[1, 0], [3, 0]]] * 3
