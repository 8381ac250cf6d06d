"""Batches of pictures that are all in memory, in an order that follows from seed and epoch."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from training.classification.pictures import Pictures, Pixels

Batch = tuple[Tensor, Tensor]


class PictureBatches(Dataset[Batch]):
    """Pictures as (rows, channels, height, width) uint8 and their labels, many at once: no loop over pictures."""

    def __init__(self, pictures: Pictures):
        self._pixels, self._labels = planes(pictures.pixels), torch.from_numpy(pictures.labels)

    def __getitem__(self, rows: Tensor) -> Batch:
        return self._pixels[rows], self._labels[rows]

    def __len__(self) -> int:
        return len(self._labels)


class EpochSampler(Sampler[Tensor]):
    """The rows of each batch.

    A batch of one picture would have no variance to norm by: a last one like that is left out where it is drawn anew in
    each epoch.
    """

    def __init__(self, count: int, size: int, seed: int | None = None, shuffle: bool = False):
        self._count, self._size, self._seed, self._shuffle = count, size, seed, shuffle
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._rows())

    def __iter__(self) -> Iterator[Tensor]:
        # The epoch is set when Lightning has already asked for an iterator, where a training is resumed.
        yield from self._rows()

    def _rows(self) -> tuple[Tensor, ...]:
        order = torch.arange(self._count)
        if self._shuffle:
            order = torch.randperm(self._count, generator=generator(self._seed or 0, self._epoch))
        parts = torch.split(order, self._size)
        return parts[:-1] if self._seed is not None and len(parts) > 1 and len(parts[-1]) == 1 else parts


def loader(pictures: Pictures, sampler: EpochSampler) -> "DataLoader[Batch]":
    """Batches of the pictures."""
    return DataLoader(PictureBatches(pictures), batch_size=None, sampler=sampler)


def writable(pixels: Pixels) -> Tensor:
    """Pixels as a tensor; those of a file, which must stay as they are, are copied."""
    return torch.from_numpy(np.require(pixels, requirements="W"))


def planes(pixels: Pixels) -> Tensor:
    """Pixels (n, height, width) or (n, height, width, 3) as (n, channels, height, width), without a copy."""
    found = writable(pixels)
    return found.unsqueeze(1) if found.ndim == 3 else found.permute(0, 3, 1, 2)


def generator(*numbers: int) -> torch.Generator:
    """A generator for a seed and an epoch, or a batch of it, whatever was drawn before."""
    mixed = 0
    for number in numbers:
        mixed = (mixed * 1_000_003 + number + 1) % 2**63
    return torch.Generator().manual_seed(mixed)
