from typing import NamedTuple

import numpy as np
from numba import njit

from training.kernels.compilation import OPTIONS
from training.kernels.forward import column, drop
from training.kernels.memory import COLUMNS, INPUTS, WEIGHTS


class Transposed(NamedTuple):
    """What `column` writes to."""

    transposed: np.ndarray


@njit(**OPTIONS)
def as_column(memory, layer, parameters, row):
    column(memory, layer, parameters, row)


@njit(**OPTIONS)
def dropped(values, at, mask, mask_at, size):
    drop(values, at, mask, mask_at, size)


def test_the_weights_of_one_output_lie_in_a_row_with_zeros_behind_them() -> None:
    layer, memory = np.zeros(len(COLUMNS), np.int64), Transposed(np.full(10, 7.0))
    layer[INPUTS], layer[WEIGHTS] = 3, 2
    as_column(memory, layer, np.arange(9.0), 8)
    np.testing.assert_array_equal(memory.transposed, [2, 3, 4, 0, 0, 0, 0, 0, 7, 7])


def test_a_mask_multiplies_its_part_and_none_leaves_all() -> None:
    values, mask = np.ones(6), np.array([9.0, 0.0, 2.0])
    dropped(values, 3, mask, 1, 2)
    np.testing.assert_array_equal(values, [1, 1, 1, 0, 2, 1])
    dropped(values, 0, mask[:0], 0, 6)
    np.testing.assert_array_equal(values, [1, 1, 1, 0, 2, 1])
