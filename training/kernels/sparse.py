"""Products with matrices of which most entries are their column's usual one, as those of many pictures' pixels are.

Such a matrix is a background, the same row everywhere, plus a sparse matrix of the differences. Only what differs is
multiplied; the background is a row more. Columns come in bands: of what a band is multiplied by, more stays in the
cache while all rows go over it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from numba import njit, types
from numba.extending import overload

from training.kernels.compilation import OPTIONS
from training.kernels.tiles import COMBINED, PLAIN, combination_tile
from training.kernels.vectors import VECTOR_BYTES, apart

# Columns of a band.
BAND = 400
_OPTIONS = {name: value for name, value in OPTIONS.items() if name != "cache"}


class Sparse(NamedTuple):
    """A matrix (rows, columns) by rows.

    Attributes:
        starts: where the differences of each row begin in each band, and end in the last, (rows, bands + 1), int64.
        columns, values: of each difference, uint32 and the matrix's dtype; sorted by row, then column.
        background: (columns,).
    """

    starts: Any
    columns: Any
    values: Any
    background: Any


class Grouped(NamedTuple):
    """Batches of rows of a sparse matrix, each by columns, with the background as one row more.

    Attributes:
        ends: where the entries of each column end, (batches, columns), uint64.
        rows, values: of each entry; a batch's last row is the background.
    """

    ends: Any
    rows: Any
    values: Any


def where_sparse(nothing: Any) -> Callable[[Any], Any]:
    """Makes a function of compiled code that is called for sparse inputs alone: with others it does nothing.

    Its first argument tells: it is None for inputs that are not sparse, and what is never run is not compiled.
    `nothing` takes the same arguments.
    """

    def made(function: Any) -> Any:
        @overload(nothing, jit_options=_OPTIONS, strict=False)
        def choose(sparse: Any, *_: Any) -> Any:
            return nothing if isinstance(sparse, types.NoneType) else function

        return nothing

    return made


@njit(**OPTIONS)
def product_with_rows(rows, x, order, first, columns, y, y_at, y_row, start, out, out_at, out_row, ending):
    """out[i, j] = start[j] + Σ_k difference[i, k] y[k, j] for rows of x from the first on, in order if there is one.

    It ends PLAIN or RELU (training.kernels.tiles).
    """
    apart()
    bands = x.starts.shape[1] - 1
    for band in range(bands):
        end = ending if band == bands - 1 else PLAIN
        for i in range(rows):
            row, place = order[first + i] if order.size else first + i, out_at + i * out_row
            at = x.starts[row, band]
            # The first band begins with `start`, the others go on from what is there.
            before, before_at = (out, place) if band else (start, 0)
            _combine(
                x.starts[row, band + 1] - at, x.columns, x.values, at, columns, y, y_at, y_row,
                before, before_at, out, place, end,
            )  # fmt: skip


@njit(**OPTIONS)
def product_with_columns(batch, first, count, x, columns, y, y_at, y_row, zeros, out, out_row):
    """out[k, j] = Σ_i x[i, first + k] y[i, j] for so many columns of a batch of grouped x; y ends with its sum."""
    apart()
    begin = x.ends[batch, first - 1] if first else x.ends[batch - 1, -1] if batch else x.ends.dtype.type(0)
    for k in range(count):
        end = x.ends[batch, first + k]
        _combine(end - begin, x.rows, x.values, begin, columns, y, y_at, y_row, zeros, 0, out, k * out_row, PLAIN)
        begin = end


@njit(inline="always", **OPTIONS)
def _combine(count, chosen, values, at, columns, y, y_at, y_row, start, start_at, out, out_at, ending):
    """out[j] = start[j] + Σ_n values[n] y[chosen[n], j]."""
    lanes = VECTOR_BYTES // y.itemsize
    vectors = (columns + lanes - 1) // lanes
    strips = (vectors + COMBINED - 1) // COMBINED
    for strip in range(strips):
        begin, end = strip * vectors // strips, (strip + 1) * vectors // strips
        j = begin * lanes
        combination_tile(
            end - begin, count, chosen, values, at, y, y_at + j, y_row, start, start_at + j, out, out_at + j, ending
        )  # fmt: skip


@njit(**OPTIONS)
def group(x, order, batch_size, first, last, grouped):
    """Batches first to last - 1 of x, of its rows in order, if there is one."""
    samples, end = x.starts.shape[0], grouped.ends.dtype.type(0)
    for batch in range(first, last):
        at = batch * batch_size
        end = _group(min(batch_size, samples - at), x, order, at, end, grouped, grouped.ends[batch - first])


@njit(**OPTIONS)
def _group(rows, x, order, first, end, grouped, ends):
    """One batch, whose entries begin where the one before ends; returns where they end."""
    for k in range(ends.size):
        ends[k] = 1
    for i in range(rows):
        row = order[first + i] if order.size else first + i
        for n in range(x.starts[row, 0], x.starts[row, -1]):
            ends[x.columns[n]] += 1
    for k in range(ends.size):
        # Until the column's entries are there, its end is where the next one belongs.
        begin, end = end, end + ends[k]
        grouped.rows[begin], grouped.values[begin] = rows, x.background[k]
        ends[k] = begin + 1
    for i in range(rows):
        row = order[first + i] if order.size else first + i
        for n in range(x.starts[row, 0], x.starts[row, -1]):
            k = x.columns[n]
            at = ends[k]
            grouped.rows[at], grouped.values[at] = i, x.values[n]
            ends[k] = at + 1
    return end
