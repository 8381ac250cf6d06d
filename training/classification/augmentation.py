"""More pictures from those that there are: shifted, and where left and right mean nothing mirrored."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.classification.pictures import Pixels

# The largest shift, as a part of a side: two pixels of MNIST's 28. No digit leaves the picture, and little of a cat.
_SHIFT = 1 / 14


def augmented(pixels: Pixels, mirrored: bool, generator: Generator) -> Pixels:
    """Pictures (m, height, width, …), each shifted by what is drawn for it, and mirrored or not; edges are repeated."""
    count, height, width = pixels.shape[:3]
    rows, columns = (_shifted(side, count, generator) for side in (height, width))
    if mirrored:
        flipped = generator.random(count) < 0.5
        columns[flipped] = columns[flipped, ::-1]
    moved: Pixels = pixels[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved


def _shifted(side: int, count: int, generator: Generator) -> NDArray[np.int64]:
    """The row or column of each picture that comes to each place, (count, side)."""
    most = round(side * _SHIFT)
    shifts = generator.integers(-most, most, count, endpoint=True)
    moved: NDArray[np.int64] = np.clip(np.arange(side) + shifts[:, None], 0, side - 1)
    return moved
