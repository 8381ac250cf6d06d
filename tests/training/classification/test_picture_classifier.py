import numpy as np
import pytest
import torch
from torch import Tensor

from training.classification.picture_classifier import PictureClassifier


class Plain(PictureClassifier):
    """Says the temperature."""

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        return (self.temperature.expand(len(pixels), 2),)


PIXELS = torch.zeros((3, 2, 2), dtype=torch.uint8)


def test_by_default_it_gives_probabilities_of_pictures_of_one_size_and_says_no_more() -> None:
    given = Plain()
    assert (given.outputs, given.any_size, dict(given.described)) == (("probabilities",), False, {})
    pixels = np.ones((1, 2, 2), np.uint8)
    assert given.given(pixels) is pixels
    with pytest.raises(NotImplementedError):
        PictureClassifier()(PIXELS)


def test_a_calibrated_one_is_another_with_the_same_weights() -> None:
    given = Plain()
    given.weight = torch.nn.Parameter(torch.ones(2))
    other = given.calibrated(2.5)
    assert (float(given(PIXELS)[0][0, 0]), float(other(PIXELS)[0][0, 0])) == (1, 2.5)
    assert other.weight is given.weight
    assert isinstance(other, Plain)
    assert float(other.calibrated(3.0).temperature) == 3
