"""Labelled pictures, and how their pixels become the inputs of a network."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]

# The study's guard against pixels that are the same in every picture.
_SMALLEST_DEVIATION = 1e-9
# Pictures standardised at a time: in float64 all of them would take the memory twice.
_ROWS = 4_096


@dataclass(frozen=True)
class Pictures:
    """Pixels (m, height, width) or (m, height, width, 3), uint8, and the index of each picture's class, (m,).

    Before a network that takes features of pictures, these stand in place of the pixels: (m, features).
    """

    pixels: NDArray[Any]
    labels: Labels
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Pictures":
        """Select these pictures."""
        names = tuple(np.array(self.names)[rows].tolist()) if self.names else ()
        return Pictures(self.pixels[rows], self.labels[rows], names)


@dataclass(frozen=True)
class PictureSet:
    """Pictures to train with and pictures to test with.

    Attributes:
        preparation: how a picture of any size becomes one of these. A digit is centred, as MNIST's were; any other is
            resized.
        digest: of all pixels and labels.
    """

    name: str
    classes: tuple[str, ...]
    train: Pictures
    test: Pictures
    preparation: Literal["digit", "resize"]
    digest: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a picture: (height, width) or (height, width, 3)."""
        return self.train.pixels.shape[1:]


@dataclass(frozen=True)
class Standardisation:
    """What each pixel has of mean and standard deviation over the training pictures, (pixels,) each.

    A picture is flattened in the order (row, column, channel).
    """

    mean: Array
    deviation: Array

    @classmethod
    def of(cls, pixels: Pixels) -> Self:
        flat = pixels.reshape(len(pixels), -1)
        return cls(flat.mean(0, np.float64), flat.std(0, np.float64) + _SMALLEST_DEVIATION)

    def without_constants(self) -> Self:
        """The same, but that pixels which are the same in every training picture become zero, whatever they are.

        Such a pixel says nothing. The study divides it by 1e-9, so that in another picture a speck in a corner would
        outweigh all else.
        """
        constant = self.deviation == _SMALLEST_DEVIATION
        return replace(self, deviation=np.where(constant, np.inf, self.deviation))

    def without_small(self, part: float) -> Self:
        """The same, but that no deviation is smaller than this part of their mean.

        What a feature rarely has would be enlarged until it outweighs all else, and its rounding with it.
        """
        least = part * self.deviation.mean()
        # Where all pictures are the same, nothing says anything.
        return replace(self, deviation=np.maximum(self.deviation, least if least > _SMALLEST_DEVIATION else np.inf))

    def inputs(self, pixels: Pixels, dtype: str) -> NDArray[Any]:
        """The inputs of a network for m pictures, (m, pixels)."""
        flat = pixels.reshape(len(pixels), -1)
        found = np.empty(flat.shape, dtype)
        for start in range(0, len(flat), _ROWS):
            rows = slice(start, start + _ROWS)
            found[rows] = (flat[rows] - self.mean) / self.deviation
        return found


def parts(labels: Labels, size: float, seed: int) -> NDArray[np.int64]:
    """Cuts m pictures at random into parts of a size, each with its share of every class; the part of each, (m,)."""
    generator, count = np.random.default_rng(seed), round(1 / size)
    found = np.empty(len(labels), np.int64)
    first = 0
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        # Classes of a few pictures would all begin with the first part.
        found[rows] = (first + np.arange(len(rows))) % count
        first += len(rows)
    return found


def digest(*parts: Pictures) -> str:
    """The SHA-256 of all pixels and labels."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.pixels.tobytes())
        found.update(part.labels.tobytes())
    return found.hexdigest()
