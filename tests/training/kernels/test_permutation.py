"""Orders of the samples: permutations, repeated by their seed, in which every sample is as likely at every place."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from training.kernels.permutation import permute


def order(size: int, seed: int) -> NDArray[np.int32]:
    made = np.empty(size, np.int32)
    permute(made, np.uint64(seed))
    return made


@pytest.mark.parametrize("size", [0, 1, 2, 10_001])
def test_every_number_is_there_once(size: int) -> None:
    np.testing.assert_array_equal(np.sort(order(size, 3)), np.arange(size))


def test_a_seed_repeats_it_and_another_does_not() -> None:
    np.testing.assert_array_equal(order(100, 2**64 - 1), order(100, 2**64 - 1))
    assert (order(100, 0) != order(100, 1)).mean() > 0.9


def test_all_orders_are_as_likely() -> None:
    seeds = np.random.SeedSequence(0).generate_state(24_000, np.uint64)
    orders, counts = np.unique([order(4, int(seed)) for seed in seeds], axis=0, return_counts=True)
    assert len(orders) == 24
    assert ((counts - 1_000) ** 2 / 1_000).sum() < chi2.ppf(0.999, 23)


def test_every_number_is_as_likely_at_every_place() -> None:
    counts = np.zeros((50, 50))
    for seed in np.random.SeedSequence(1).generate_state(20_000, np.uint64):
        counts[np.arange(50), order(50, int(seed))] += 1
    assert ((counts - 400) ** 2 / 400).sum() < chi2.ppf(0.999, 49 * 49)
