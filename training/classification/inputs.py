"""Standardised pictures as the inputs of a network, sparse where that is the faster way to train."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classification.pictures import Pixels, Standardisation
from training.kernels.sparse import BAND, Sparse

# The part of the entries that may differ from the background. A difference takes about twice the time of an entry of
# a dense matrix.
_SPARSE = 1 / 3
# Pictures at a time.
_ROWS = 1_024


def inputs(pixels: Pixels, standardisation: Standardisation, dtype: str) -> NDArray[Any] | Sparse:
    """The inputs of m pictures, (m, pixels): sparse where most pixels have their least value, as around a digit."""
    flat = pixels.reshape(len(pixels), -1)
    least = flat.min(0)
    if np.count_nonzero(flat != least) > _SPARSE * flat.size:
        return standardisation.inputs(pixels, dtype)
    background = standardisation.inputs(least[None], dtype)[0]
    counts, columns, values = [], [], []
    for first in range(0, len(flat), _ROWS):
        part = flat[first : first + _ROWS]
        row, column = np.nonzero(part != least)
        counts.append(band_counts(row, column, part.shape))
        columns.append(column.astype(np.uint32))
        values.append(standardisation.inputs(part, dtype)[row, column] - background[column])
    return Sparse(band_starts(np.concatenate(counts)), np.concatenate(columns), np.concatenate(values), background)


def every(x: NDArray[Any] | Sparse, stride: int) -> NDArray[Any] | Sparse:
    """Every stride-th row."""
    if stride == 1:
        return x
    if not isinstance(x, Sparse):
        return np.ascontiguousarray(x[::stride])
    counts = np.diff(x.starts)
    chosen = np.arange(len(counts)) % stride == 0
    entries = np.repeat(chosen, counts.sum(1))
    return Sparse(band_starts(counts[chosen]), x.columns[entries], x.values[entries], x.background)


def band_counts(row: NDArray[np.integer], column: NDArray[np.integer], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """How many entries each row of a matrix of this shape has in each band of columns, (rows, bands)."""
    rows, bands = shape[0], -(-shape[1] // BAND)
    return np.bincount(row * bands + column // BAND, minlength=rows * bands).reshape(rows, bands)


def band_starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions at which the entries of each band begin, and end in the last one, (rows, bands + 1)."""
    ends = counts.cumsum().reshape(counts.shape)
    return np.column_stack([ends - counts, ends[:, -1]])
