"""Matrix products and transposed matrices of any size, in rows that are padded to whole vectors.

A padded row has more memory than columns, and what stands there may be overwritten by anything finite.
"""

import numpy as np
from numba import njit

from training.kernels import OPTIONS
from training.kernels.tiles import ROWS, VECTOR_BYTES, VECTORS, apart, product_tile, transposed_tile


def padded(columns: int, dtype: np.dtype) -> int:
    """The memory of a row, in numbers."""
    lanes = VECTOR_BYTES // dtype.itemsize
    return -(-columns // lanes) * lanes


@njit(**OPTIONS)
def product(
    rows, depth, columns, x, x_at, x_row, x_column, y, y_at, y_row, start, start_at, out, out_at, out_row
):  # fmt: skip
    """out[i, j] = start[j] + Σ_k x[i, k] y[k, j], with x (rows, depth) and y (depth, columns) in flat arrays.

    `_at` is where a matrix begins, `_row` and `_column` how far apart its rows and columns lie; without a `_column` they
    lie side by side.
    """
    apart()
    lanes = VECTOR_BYTES // x.itemsize
    vectors = (columns + lanes - 1) // lanes
    # As even as they can be: a tile of one or two rows would wait for its own sums.
    tiles = (rows + ROWS - 1) // ROWS
    for v in range(0, vectors, VECTORS):
        width, j = min(VECTORS, vectors - v), v * lanes
        for tile in range(tiles):
            i = tile * rows // tiles
            height = (tile + 1) * rows // tiles - i
            product_tile(
                height, width, depth, x, x_at + i * x_row, x_row, x_column, y, y_at + j, y_row,
                start, start_at + j, out, out_at + i * out_row + j, out_row,
            )  # fmt: skip


@njit(**OPTIONS)
def transpose(rows, columns, x, x_at, x_row, out, out_at, out_row):
    """out[j, i] = x[i, j]; columns of x that are padding become rows of out."""
    apart()
    lanes = VECTOR_BYTES // x.itemsize
    whole = rows // lanes * lanes
    for j in range(0, columns, lanes):
        for i in range(0, whole, lanes):
            transposed_tile(x, x_at + i * x_row + j, x_row, out, out_at + j * out_row + i, out_row)
    for i in range(whole, rows):
        for j in range(columns):
            out[out_at + j * out_row + i] = x[x_at + i * x_row + j]
