"""Tiles by themselves, of every size: what a product puts together from them is in test_products."""

from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from tests.support.rounding import assert_close, wide
from training.kernels.tiles import (
    COMBINED,
    GATED,
    PLAIN,
    RELU,
    TILE_ROWS,
    combination_tile,
    dot_tile,
    product_tile,
    transposed_tile,
)
from training.kernels.vectors import VECTOR_BYTES

Array = NDArray[Any]

# As those of training.kernels, but for the cache: these are compiled for this file alone.
_OPTIONS = {"_nrt": False, "error_model": "numpy", "fastmath": {"contract"}}
# One type is enough here, the other has the same code; the smaller one has more numbers in a vector.
DTYPE = np.float32
LANES = VECTOR_BYTES // np.dtype(DTYPE).itemsize
SIZES = [(rows, vectors) for vectors, most in enumerate(TILE_ROWS) for rows in range(1, most + 1)]
DEPTH = 9


@njit(**_OPTIONS)
def product(rows, vectors, depth, x, x_row, x_column, y, y_row, start, start_row, out, out_at, out_row, ending, gate):
    product_tile(
        rows, vectors, depth, x, 0, x_row, x_column, y, 0, y_row, start, 0, start_row, out, out_at, out_row, ending,
        gate,
    )  # fmt: skip


@njit(**_OPTIONS)
def combination(vectors, count, chosen, values, at, y, y_row, start, out, ending):
    combination_tile(vectors, count, chosen, values, at, y, 0, y_row, start, 0, out, 0, ending)


@njit(**_OPTIONS)
def dot(depth, x, x_at, x_row, y, start, out, out_at):
    dot_tile(depth, x, x_at, x_row, y, 0, start, out, out_at)


@njit(**_OPTIONS)
def transpose(x, x_at, x_row, out, out_row):
    transposed_tile(x, x_at, x_row, out, 0, out_row)


def drawn(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng([*shape, seed]).standard_normal(shape).astype(DTYPE)


def test_a_tile_s_sums_a_row_of_vectors_and_a_factor_fit_the_registers() -> None:
    """Of 16 registers, that the oldest of these processors has, one is for the factor, or for the vector."""
    assert all(rows * vectors + min(rows, vectors) + 1 <= 16 for rows, vectors in SIZES)
    assert COMBINED + 2 <= 16


@pytest.mark.parametrize(("rows", "vectors"), SIZES)
def test_a_tile_of_every_size_lies_in_its_place_alone(rows: int, vectors: int) -> None:
    columns = vectors * LANES
    x, y, start = drawn(rows, DEPTH), drawn(DEPTH, columns), drawn(rows, columns, seed=1)
    out = np.full((rows, columns + LANES), 7, DTYPE)
    product(
        rows, vectors, DEPTH, x.ravel(), DEPTH, 1, y.ravel(), columns, start.ravel(), columns, out.ravel(), 0,
        columns + LANES, PLAIN, 0,
    )  # fmt: skip
    terms = wide(start), wide(x), wide(y)
    magnitude = np.abs(terms[0]) + np.abs(terms[1]) @ np.abs(terms[2])
    assert_close(out[:, :columns], terms[0] + terms[1] @ terms[2], DEPTH + 1, magnitude)
    assert (out[:, columns:] == 7).all()


def test_x_may_have_columns_apart_and_a_start_that_is_every_row_s() -> None:
    """A transposed factor, and the same biases below each other."""
    x, y, start = drawn(DEPTH, 4), drawn(DEPTH, LANES), drawn(LANES, seed=1)
    out = np.empty((4, LANES), DTYPE)
    product(4, 1, DEPTH, x.ravel(), 1, 4, y.ravel(), LANES, start, 0, out.ravel(), 0, LANES, PLAIN, 0)
    terms = wide(x.T), wide(y)
    assert_close(out, start + terms[0] @ terms[1], DEPTH + 1, np.abs(start) + np.abs(terms[0]) @ np.abs(terms[1]))


@pytest.mark.parametrize("ending", [PLAIN, RELU, GATED])
def test_what_is_not_a_number_stays_so(ending: np.int64) -> None:
    x = np.array([[1], [np.nan]], DTYPE)
    y, start = np.ones((1, LANES), DTYPE), np.full((2, LANES), -3, DTYPE)
    # The gate lies behind: open for every other number.
    out = np.append(np.zeros((2, LANES), DTYPE), np.tile([1, -1], LANES).astype(DTYPE))
    product(2, 1, 1, x.ravel(), 1, 1, y.ravel(), LANES, start.ravel(), LANES, out, 0, LANES, ending, 2 * LANES)
    first, second = out[:LANES], out[LANES : 2 * LANES]
    assert first.tolist() == {PLAIN: [-2] * LANES, RELU: [0] * LANES, GATED: [-2, 0] * (LANES // 2)}[ending]
    opened = second if ending != GATED else second[::2]
    assert np.isnan(opened).all()


def test_no_terms_leave_the_start() -> None:
    start, out = drawn(2, LANES), np.empty((2, LANES), DTYPE)
    product(2, 1, 0, start.ravel(), 1, 1, start.ravel(), 1, start.ravel(), LANES, out.ravel(), 0, LANES, PLAIN, 0)
    np.testing.assert_array_equal(out, start)


@pytest.mark.parametrize("vectors", [1, 2, COMBINED])
@pytest.mark.parametrize("ending", [PLAIN, RELU])
def test_rows_that_are_chosen_are_combined(vectors: int, ending: np.int64) -> None:
    """Four terms from the third on, of which two are of the same row."""
    columns, chosen = vectors * LANES, np.array([9, 9, 3, 0, 3, 5], np.uint32)
    y, values, start, out = drawn(6, columns), drawn(6), drawn(columns, seed=1), np.empty(columns, DTYPE)
    combination(vectors, 4, chosen, values, 2, y.ravel(), columns, start, out, ending)
    terms = wide(values[2:, None]) * wide(y[chosen[2:]])
    total = wide(start) + terms.sum(0)
    expected = np.maximum(total, 0) if ending == RELU else total
    assert_close(out, expected, 5, np.abs(start) + np.abs(terms).sum(0))


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_rows_times_a_column(depth: int) -> None:
    """As many rows as a vector has numbers, from the second on."""
    length = depth * LANES
    x, y, out = drawn(LANES + 1, length), drawn(length), np.full(LANES + 2, 7, DTYPE)
    dot(depth, x.ravel(), length, length, y, DTYPE(0.5), out, 1)
    terms = wide(x[1:]), wide(y)
    assert_close(out[1:-1], 0.5 + terms[0] @ terms[1], length + 1, 0.5 + np.abs(terms[0]) @ np.abs(terms[1]))
    assert out[[0, -1]].tolist() == [7, 7]


def test_a_square_is_transposed_where_it_lies() -> None:
    x, out = drawn(LANES, LANES + 3), np.full((LANES, LANES + 1), 7, DTYPE)
    transpose(x.ravel(), 2, LANES + 3, out.ravel(), LANES + 1)
    np.testing.assert_array_equal(out[:, :-1], x[:, 2 : LANES + 2].T)
    assert (out[:, -1] == 7).all()
