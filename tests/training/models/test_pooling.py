"""Maps in which one number stands for several."""

import torch

from training.models.pooling import pooled, reduced


def test_each_number_stands_for_several() -> None:
    x = torch.arange(24.0).reshape(1, 1, 4, 6)
    assert pooled(x, (2, 3)).tolist() == [[[[8, 11], [20, 23]]]]
    assert reduced(x, 2).tolist() == [[[[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]]]
    assert pooled(x, (3, 6)).tolist() == [[[[17]]]]


def test_nothing_is_done_by_ones() -> None:
    x = torch.rand(2, 3, 4, 5)
    assert reduced(x, 1) is x
    assert pooled(x, (1, 1)) is x
