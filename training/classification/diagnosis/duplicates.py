"""Test pictures that a classifier was trained with, as they are or nearly: its test accuracy flatters it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.classification.pictures import Pictures, Pixels

# Sides of the small pictures by which candidates are found.
_SIDE = 8
# What two pictures differ by, as a part of what they show: at most this, or so much where the next picture differs by
# three times as much. Saved again as JPEG, resized or made brighter a picture stays within; two digits one do not.
_SAME, _LIKELY = 0.05, 0.2
# Products at a time, 32 MB.
_ROWS = 64


@dataclass(frozen=True)
class Duplicates:
    """Pairs of rows, of a test picture and of the training picture that it is like.

    Attributes:
        exact: how many of them are equal in every pixel.
        tested: the test pictures in which they were looked for.
    """

    pairs: Sequence[tuple[int, int]]
    exact: int
    tested: int

    def sentence(self, train_names: Sequence[str] = (), test_names: Sequence[str] = ()) -> str:
        """What there is to warn of, by the names of the files or the numbers of the rows; empty where there is nothing.

        The first three are named.
        """
        if not self.pairs:
            return ""
        named = ", ".join(f"{_name(test_names, test)} = {_name(train_names, train)}" for test, train in self.pairs[:3])
        more = ", …" if len(self.pairs) > 3 else ""
        return (
            f"{len(self.pairs):,} of {self.tested:,} test pictures are training pictures too, {self.exact:,} of them "
            f"in every pixel: {named}{more}; without them the test accuracy would be another"
        )


def duplicates(train: Pictures, test: Pictures) -> Duplicates:
    """The test pictures that are training pictures, or differ from one by little."""
    known = {picture.tobytes(): row for row, picture in reversed(list(enumerate(train.pixels)))}
    found = {row: known[picture.tobytes()] for row, picture in enumerate(test.pixels) if picture.tobytes() in known}
    exact = len(found)
    others = np.setdiff1d(np.arange(len(test)), list(found))
    if len(train) > 1 and len(others):
        nearest = nearest_two(_thumbnails(test.pixels[others]), _thumbnails(train.pixels))
        near = alike(test.pixels[others], train.pixels, nearest)
        found |= dict(zip(others[near].tolist(), nearest[0][near].tolist(), strict=True))
    return Duplicates(sorted(found.items()), exact, len(test))


def alike(some: Pixels, others: Pixels, nearest: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each of some, (m,), differs by little from the first of its nearest two of the others, (2, m)."""
    first, second = (_differences(some, others, rows) for rows in nearest)
    found: NDArray[np.bool_] = (first <= _SAME) | ((first <= _LIKELY) & (first <= second / 3))
    return found


def nearest_two(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.int64]:
    """Find, for each of some vectors, the rows of the two others with the most similar directions, (2, m)."""
    found = np.empty((2, len(some)), np.int64)
    for start in range(0, len(some), _ROWS):
        rows = slice(start, start + _ROWS)
        likeness = some[rows] @ others.T
        found[0, rows] = likeness.argmax(1)
        likeness[np.arange(len(likeness)), found[0, rows]] = -np.inf
        found[1, rows] = likeness.argmax(1)
    return found


def _name(names: Sequence[str], row: int) -> str:
    return names[row] if names else f"row {row}"


def _thumbnails(pixels: Pixels) -> NDArray[np.float32]:
    """Small pictures without brightness and contrast, as vectors of length one, (m, numbers)."""
    down, across = (np.unique(np.linspace(0, side, _SIDE, endpoint=False).astype(int)) for side in pixels.shape[1:3])
    # Some at a time: in float32 all would take four times their memory.
    small = [
        np.add.reduceat(np.add.reduceat(pixels[i : i + _ROWS].astype(np.float32), down, 1), across, 2)
        for i in range(0, len(pixels), _ROWS)
    ]
    flat = np.concatenate(small).reshape(len(pixels), -1)
    flat = flat - flat.mean(1, keepdims=True)
    found: NDArray[np.float32] = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return found


def _differences(some: Pixels, others: Pixels, rows: NDArray[np.int64]) -> Array:
    """The distance of each of some pictures from its row of the others, (m,), computed some at a time."""
    starts = range(0, len(some), _ROWS)
    return np.concatenate([_difference(some[i : i + _ROWS], others[rows[i : i + _ROWS]]) for i in starts])


def _difference(some: Pixels, others: Pixels) -> Array:
    """The distance within each pair, (m,): 0 where one is the other, brighter or with more contrast; 1.4 for any two.

    A picture of one colour is like none.
    """
    flat, other = (each.reshape(len(each), -1).astype(np.float32) for each in (some, others))
    flat, other = (each - each.mean(1, keepdims=True) for each in (flat, other))
    sizes = np.linalg.norm(flat, axis=1) * np.linalg.norm(other, axis=1)
    likeness = np.sum(flat * other, 1) / np.where(sizes > 0, sizes, np.inf)
    found: Array = np.sqrt(np.maximum(0.0, 2 - 2 * likeness))
    return found
