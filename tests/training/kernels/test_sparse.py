import numpy as np
import pytest

from tests.support.rounding import assert_close, wide
from training.classification.inputs import band_counts, band_starts
from training.kernels.products import padded
from training.kernels.sparse import BAND, Grouped, Sparse, group, product_with_columns, product_with_rows
from training.kernels.tiles import PLAIN

# Two bands and a part of one.
ROWS, COLUMNS = 9, 2 * BAND + 23
DTYPES = [np.float32, np.float64]
ORDERS = [np.empty(0, np.int32), np.random.default_rng(5).permutation(ROWS).astype(np.int32)]


def sparse(dtype: type[np.floating]) -> tuple[np.ndarray, Sparse]:
    """A matrix, of which a row, a band of another and a column are all background; its differences from that, dense."""
    generator = np.random.default_rng(0)
    background = generator.standard_normal(COLUMNS).astype(dtype)
    differences = generator.standard_normal((ROWS, COLUMNS)) * (generator.random((ROWS, COLUMNS)) < 0.3)
    differences[4], differences[6, :BAND], differences[:, 7] = 0, 0, 0
    row, column = np.nonzero(differences)
    starts = band_starts(band_counts(row, column, differences.shape))
    made = Sparse(starts, column.astype(np.uint32), differences[row, column].astype(dtype), background)
    return wide(differences.astype(dtype)), made


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS, ids=["as they lie", "in order"])
# One vector, and more than one combination has.
@pytest.mark.parametrize("outputs", [3, 150])
def test_products(outputs: int, order: np.ndarray, dtype: type[np.floating]) -> None:
    differences, x = sparse(dtype)
    first, rows, row = 2, 6, padded(outputs, np.dtype(dtype))
    chosen = differences[order[first : first + rows] if order.size else slice(first, first + rows)]

    y = np.random.default_rng(1).standard_normal((COLUMNS, row)).astype(dtype)
    start, out = x.background @ y, np.zeros((rows, row), dtype)
    product_with_rows(rows, x, order, first, outputs, y.ravel(), 0, row, start, out.ravel(), 0, row, PLAIN)
    truth, magnitude = wide(start) + chosen @ wide(y), np.abs(wide(start)) + np.abs(chosen) @ np.abs(wide(y))
    roundings = 1 + np.count_nonzero(chosen, 1).max()
    assert_close(out[:, :outputs], truth[:, :outputs], roundings, magnitude[:, :outputs])

    # By columns, in batches of two rows, behind which the background is multiplied by their sum.
    grouped = Grouped(
        np.zeros((3, COLUMNS), np.uint64), np.zeros(ROWS * COLUMNS, np.uint32), np.zeros(ROWS * COLUMNS, dtype)
    )
    group(x, order, 2, 1, 4, grouped)
    for batch in range(3):
        d = np.random.default_rng(batch).standard_normal((3, row)).astype(dtype)
        d[2] = d[:2].sum(0)
        columns = np.vstack([chosen[2 * batch : 2 * batch + 2], wide(x.background)]).T
        truth, magnitude = columns @ wide(d), np.abs(columns) @ np.abs(wide(d))
        for begin, count in ((0, COLUMNS), (5, 9)):
            back = np.zeros((count, row), dtype)
            product_with_columns(
                batch, begin, count, grouped, outputs, d.ravel(), 0, row, np.zeros(row, dtype), back.ravel(), row
            )  # fmt: skip
            part = slice(begin, begin + count), slice(outputs)
            assert_close(back[:, :outputs], truth[part], roundings=3, magnitude=magnitude[part])
