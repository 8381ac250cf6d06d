"""Pictures that are shifted, turned and scaled by the batch."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from training.classification.convolutional.distortion import DIGITS, MANY_OBJECTS, OBJECTS, Distortion, distortion_of
from training.classification.pictures import Pictures, PictureSet

NONE = Distortion(angle=0, scale=0, shear=0, shift=0, mirrored=False)


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blot(row: int, column: int) -> torch.Tensor:
    found = torch.zeros(64, 1, 21, 21)
    found[:, :, row, column] = 1
    return found


def test_nothing_is_changed_by_nothing() -> None:
    pictures = torch.rand(5, 3, 12, 9, generator=drawn(1))
    torch.testing.assert_close(NONE(pictures, drawn()), pictures)


def test_the_middle_stays_where_nothing_shifts() -> None:
    turned = replace(DIGITS, shift=0.0)(blot(10, 10), drawn())
    assert (turned[:, 0, 10, 10] > 0.6).all()


def test_ink_stays_in_reach() -> None:
    moved = DIGITS(blot(10, 10), drawn())
    rows = (moved.sum((1, 3)) * torch.arange(21.0)).sum(1) / moved.sum((1, 2, 3))
    assert (rows - 10).abs().max() <= 21 / 14 + 0.2
    assert rows.std() > 0.5


@pytest.mark.parametrize(("distortion", "mirrors"), [(DIGITS, False), (OBJECTS, True)])
def test_only_objects_are_mirrored(distortion: Distortion, mirrors: bool) -> None:
    changed = distortion(blot(10, 3), drawn())
    is_right = changed[:, 0, :, 11:].sum((1, 2)) > 0.1
    assert is_right.any() == mirrors
    assert not is_right.all()


def test_what_is_drawn_follows_from_the_generator() -> None:
    pictures = torch.rand(5, 1, 12, 9, generator=drawn(1))
    assert torch.equal(OBJECTS(pictures, drawn(3)), OBJECTS(pictures, drawn(3)))
    assert not torch.equal(OBJECTS(pictures, drawn(3)), OBJECTS(pictures, drawn(4)))


@pytest.mark.parametrize(
    ("preparation", "count", "expected"),
    [("digit", 10_000, DIGITS), ("resize", 9_999, OBJECTS), ("resize", 10_000, MANY_OBJECTS)],
)
def test_many_objects_show_by_themselves_how_they_are_turned(
    preparation: Any, count: int, expected: Distortion
) -> None:
    part = Pictures(np.zeros((count, 1, 1), np.uint8), np.zeros(count, np.int64))
    assert distortion_of(PictureSet("any", ("a", "b"), part, part, preparation, "")) == expected
