"""Where a function is fitted, and the points of it at which fits are made, drawn and judged."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array

# One number for all fits, so that errors of different samplings can be compared; more than the samples of any study.
HELD_OUT_POINTS = 20_001
_CURVE_POINTS = 1_001


class Domain(NamedTuple):
    """An interval, both ends included."""

    low: float
    high: float

    def __str__(self) -> str:
        """The domain as it is written on the command line."""
        return f"{self.low!r},{self.high!r}"

    @property
    def width(self) -> float:
        """The distance of its ends."""
        return self.high - self.low

    def contains(self, x: Array) -> NDArray[np.bool_]:
        """Which of the points x (n,) lie on it, (n,)."""
        return (self.low <= x) & (x <= self.high)

    def equally_spaced(self, points: int) -> Array:
        """Equally spaced points, both ends included, shape (points,)."""
        return np.linspace(self.low, self.high, points)

    def midpoints(self, cells: int = HELD_OUT_POINTS) -> Array:
        """The middles of equal cells, shape (cells,): a dense grid that lies between the samples."""
        return self.low + (np.arange(cells, dtype=np.float64) + 0.5) * (self.width / cells)

    def grid(self) -> Array:
        """The points at which curves are drawn, shape (1001,)."""
        return self.equally_spaced(_CURVE_POINTS)

    def inside(self, margin: float) -> "Domain":
        """The domain without a margin at either end."""
        return Domain(self.low + margin, self.high - margin)
