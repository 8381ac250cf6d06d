"""Batches in an order that follows from seed and epoch."""

import numpy as np
import torch

from tests.support.pictures import digits
from training.classification.convolutional.batches import EpochSampler, generator, loader, planes


def rows(sampler: EpochSampler, epoch: int = 0) -> list[int]:
    sampler.set_epoch(epoch)
    return torch.cat(list(sampler)).tolist()


def test_each_epoch_has_every_picture_in_an_order_of_its_own() -> None:
    first, again = (EpochSampler(10, 4, seed=3, shuffle=True) for _ in range(2))
    assert sorted(rows(first, 0)) == list(range(10))
    assert rows(first, 1) != rows(first, 0) == rows(again, 0)
    assert rows(EpochSampler(10, 4, seed=3)) == list(range(10))


def test_no_training_batch_has_one_picture_unless_there_is_no_other() -> None:
    assert [len(batch) for batch in EpochSampler(9, 4, seed=0)] == [4, 4]
    assert [len(batch) for batch in EpochSampler(9, 4)] == [4, 4, 1]
    assert [len(batch) for batch in EpochSampler(1, 4, seed=0)] == [1]


def test_batches_have_channels_first() -> None:
    pictures = digits(train=10).train
    (pixels, labels), *_ = loader(pictures, EpochSampler(10, 4))
    assert (pixels.dtype, pixels.shape, labels.tolist()) == (torch.uint8, (4, 1, 8, 8), pictures.labels[:4].tolist())
    coloured = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    assert planes(coloured)[1, 2, 3, 4] == coloured[1, 3, 4, 2]


def test_generators_of_other_numbers_draw_others() -> None:
    seeds = {generator(*numbers).initial_seed() for numbers in [(0,), (1,), (0, 0), (0, 1), (1, 0), (0, 0, 0)]}
    assert len(seeds) == 6
    assert generator(2**32 - 1, 999_999, 999_999).initial_seed() >= 0
