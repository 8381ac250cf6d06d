"""Random orders of the samples; a library's take longer than a tenth of an epoch of a small network."""

import numpy as np
from numba import njit

from training.kernels.compilation import OPTIONS

_GAMMA, _MIX_1, _MIX_2 = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


@njit(**OPTIONS)
def permute(order, seed):
    """order becomes a permutation of 0 to its size - 1, of at most 2³² numbers; the seed is a uint64.

    Every number changes places with one of those before it, or stays (Fisher and Yates; Durstenfeld, Communications of
    the ACM 7, 1964). Which one tells SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators,
    OOPSLA 2014), by the upper half of its 64 bits (Lemire, Fast random integer generation in an interval, ACM TOMACS
    29, 2019; for some numbers of samples one place is chosen more often than another, by size/2³² of its chance).
    """
    for i in range(order.size):
        order[i] = i
    state = seed
    for i in range(order.size - 1, 0, -1):
        state += _GAMMA
        j = np.int64(((_mixed(state) >> np.uint64(32)) * np.uint64(i + 1)) >> np.uint64(32))
        order[i], order[j] = order[j], order[i]


@njit(**OPTIONS)
def _mixed(bits):
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    return bits ^ (bits >> np.uint64(31))
