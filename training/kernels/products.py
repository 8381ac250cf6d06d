"""Matrix products and transposed matrices of any size, in rows that are padded to whole vectors.

A padded row has more memory than columns, and what stands there may be overwritten by anything finite.
"""

import numpy as np
from numba import njit

from training.kernels.compilation import OPTIONS
from training.kernels.tiles import PLAIN, TILE_ROWS, dot_tile, product_tile, transposed_tile
from training.kernels.vectors import VECTOR_BYTES, apart

# Terms of a sum that are added in one go, or twice as many where that is all: what a tile reads should stay in the
# fastest cache, where a strip of y as wide as a tile takes 8 KiB, or 16 KiB with AVX-512.
_DEPTH = 128
ONE_PART = 2 * _DEPTH
_FASTEST_CACHE = 24 * 1_024


def padded(columns: int, dtype: np.dtype) -> int:
    """The memory of a row, in numbers."""
    lanes = VECTOR_BYTES // dtype.itemsize
    return -(-columns // lanes) * lanes


@njit(**OPTIONS)
def product(
    rows, depth, columns, x, x_at, x_row, x_column, y, y_at, y_row, start, start_at, out, out_at, out_row,
    ending, gate_at,
):  # fmt: skip
    """out[i, j] = start[j] + Σ_k x[i, k] y[k, j], with x (rows, depth) and y (depth, columns) in flat arrays.

    `_at` is where a matrix begins, `_row` and `_column` how far apart its rows and columns lie; without a `_column`
    they lie side by side. The ending (training.kernels.tiles) is PLAIN, RELU, or GATED by a matrix in the array `out`
    that lies as the product does; it may be replaced by the product, up to the depth ONE_PART.
    """
    apart()
    lanes = VECTOR_BYTES // x.itemsize
    vectors = (columns + lanes - 1) // lanes
    # Tiles of one vector would wait for their own sums: of an odd number the last three are taken together.
    last = 3 if vectors % 2 and vectors > 1 and rows > TILE_ROWS[4] else 0
    # A transposed factor takes a line of the cache for each term.
    parts = 1 if x_column == 1 and depth <= ONE_PART else (depth + _DEPTH - 1) // _DEPTH
    for p in range(parts):
        k = p * depth // parts
        part = (p + 1) * depth // parts - k
        # The first part of the sums begins with `start`, the others go on from what is there.
        before, before_at, before_row = (start, start_at, 0) if k == 0 else (out, out_at, out_row)
        end = ending if k + part == depth else PLAIN
        for is_last in (False, True):
            begin, stop = (vectors - last, vectors) if is_last else (0, vectors - last)
            width = 4 if rows <= TILE_ROWS[4] else 3 if is_last else 2
            height = TILE_ROWS[width]
            strips, tiles = (stop - begin + width - 1) // width, (rows + height - 1) // height
            # What the inner loop goes over again and again should lie in the fastest cache: all of y, or a strip of it.
            rows_first = part * columns * x.itemsize <= _FASTEST_CACHE
            outer, inner = (tiles, strips) if rows_first else (strips, tiles)
            for a in range(outer):
                for b in range(inner):
                    tile, strip = (a, b) if rows_first else (b, a)
                    # As even as they can be, for the same reason.
                    i, j = tile * rows // tiles, (begin + strip * width) * lanes
                    product_tile(
                        (tile + 1) * rows // tiles - i, min(width, stop - begin - strip * width), part,
                        x, x_at + i * x_row + k * x_column, x_row, x_column, y, y_at + k * y_row + j, y_row,
                        before, before_at + i * before_row + j, before_row,
                        out, out_at + i * out_row + j, out_row, end, gate_at + i * out_row + j,
                    )  # fmt: skip


@njit(**OPTIONS)
def product_with_column(rows, depth, x, x_at, x_row, y, y_at, start, out, out_at):
    """out[i] = start + Σ_k x[i, k] y[k], with x (rows, depth), y (depth,) and out (rows,) in flat arrays.

    Behind the depth, x has finite numbers up to a whole vector, and y zeros.
    """
    apart()
    lanes = VECTOR_BYTES // x.itemsize
    vectors = (depth + lanes - 1) // lanes
    if rows < lanes:
        for i in range(rows):
            total = start
            for k in range(depth):
                total += x[x_at + i * x_row + k] * y[y_at + k]
            out[out_at + i] = total
        return
    for i in range(0, rows, lanes):
        # The last tile may do some rows again.
        first = min(i, rows - lanes)
        dot_tile(vectors, x, x_at + first * x_row, x_row, y, y_at, start, out, out_at + first)


@njit(**OPTIONS)
def transpose(rows, columns, x, x_at, x_row, out, out_at, out_row):
    """out[j, i] = x[i, j], and zeros behind it; columns of x that are padding become rows of out."""
    apart()
    lanes = VECTOR_BYTES // x.itemsize
    whole = rows // lanes * lanes
    for j in range(0, columns, lanes):
        for i in range(0, whole, lanes):
            transposed_tile(x, x_at + i * x_row + j, x_row, out, out_at + j * out_row + i, out_row)
    for j in range(columns):
        for i in range(whole, rows):
            out[out_at + j * out_row + i] = x[x_at + i * x_row + j]
        for i in range(rows, out_row):
            out[out_at + j * out_row + i] = 0
