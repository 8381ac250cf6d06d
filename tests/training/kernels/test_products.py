import numpy as np
import pytest

from tests.support.rounding import assert_close, wide
from training.kernels.products import padded, product, product_with_column, transpose
from training.kernels.tiles import GATED, PLAIN, RELU

DTYPES = [np.float32, np.float64]
# Fewer and more than a tile has, and what is left over of several.
SIZES = [1, 2, 5, 7, 12, 33]


def matrix(rows: int, columns: int, dtype: type[np.floating], seed: int) -> tuple[np.ndarray, int]:
    """In padded rows, with zeros behind the columns; and the memory of a row."""
    row = padded(columns, np.dtype(dtype))
    made = np.zeros((rows, row), dtype)
    made[:, :columns] = np.random.default_rng(seed).standard_normal((rows, columns))
    return made, row


def assert_sums(found: np.ndarray, start: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """That these are the sums start + x y."""
    magnitude = np.abs(start) + np.abs(x) @ np.abs(y)
    assert_close(found, start + x @ y, roundings=1 + len(y), magnitude=magnitude)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", SIZES)
# The last is summed in two parts.
@pytest.mark.parametrize("depth", [1, 4, 19, 300])
@pytest.mark.parametrize("rows", SIZES)
def test_products(rows: int, depth: int, columns: int, dtype: type[np.floating]) -> None:
    (x, x_row), (y, y_row), (start, _) = (
        matrix(*shape, dtype, seed) for seed, shape in enumerate([(rows, depth), (depth, columns), (1, columns)])
    )
    out = np.full(3 + rows * y_row + 3, 7, dtype)
    product(
        rows, depth, columns, x.ravel(), 0, x_row, 1, y.ravel(), 0, y_row, start.ravel(), 0, out, 3, y_row,
        PLAIN, 0,
    )  # fmt: skip
    terms = wide(start[:, :columns]), wide(x[:, :depth]), wide(y[:, :columns])
    assert_sums(out[3:-3].reshape(rows, y_row)[:, :columns], *terms)
    assert (out[:3] == 7).all()
    assert (out[-3:] == 7).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_factor_may_be_transposed(dtype: type[np.floating]) -> None:
    (x, x_row), (y, y_row), (start, _) = matrix(5, 9, dtype, 0), matrix(5, 3, dtype, 1), matrix(1, 3, dtype, 2)
    out = np.empty(9 * y_row, dtype)
    product(9, 5, 3, x.ravel(), 0, 1, x_row, y.ravel(), 0, y_row, 0 * start.ravel(), 0, out, 0, y_row, PLAIN, 0)
    assert_sums(out.reshape(9, -1)[:, :3], np.zeros(3), wide(x[:, :9].T), wide(y[:, :3]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", SIZES)
# The last is summed in two parts, of which the first must keep what is negative.
@pytest.mark.parametrize("depth", [4, 300])
@pytest.mark.parametrize("rows", SIZES)
def test_endings(rows: int, depth: int, columns: int, dtype: type[np.floating]) -> None:
    (x, x_row), (y, row), (gate, _) = (
        matrix(*shape, dtype, seed) for seed, shape in enumerate([(rows, depth), (depth, columns), (rows, columns)])
    )
    out, start = np.append(np.empty_like(gate), gate), np.zeros(row, dtype)
    terms = wide(x[:, :depth]), wide(y[:, :columns])
    truth, magnitude = terms[0] @ terms[1], np.abs(terms[0]) @ np.abs(terms[1])
    for ending, ended in {RELU: np.maximum(truth, 0), GATED: np.where(gate[:, :columns] > 0, truth, 0)}.items():
        product(
            rows, depth, columns, x.ravel(), 0, x_row, 1, y.ravel(), 0, row, start, 0, out, 0, row, ending, gate.size
        )  # fmt: skip
        found = out[: gate.size].reshape(rows, row)[:, :columns]
        assert_close(found, ended, roundings=depth, magnitude=magnitude)
    np.testing.assert_array_equal(out[gate.size :], gate.ravel())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("rows", SIZES)
def test_products_with_a_column(rows: int, depth: int, dtype: type[np.floating]) -> None:
    (x, x_row), (y, _) = matrix(rows, depth, dtype, 0), matrix(1, depth, dtype, 1)
    out = np.full(3 + rows + 3, 7, dtype)
    product_with_column(rows, depth, x.ravel(), 0, x_row, y.ravel(), 0, dtype(0.5), out, 3)
    assert_sums(out[3:-3], np.full(rows, 0.5), wide(x), wide(y[0]))
    assert (out[:3] == 7).all()
    assert (out[-3:] == 7).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", SIZES)
@pytest.mark.parametrize("rows", SIZES)
def test_transposed(rows: int, columns: int, dtype: type[np.floating]) -> None:
    x, x_row = matrix(rows, columns, dtype, 0)
    out_row = padded(rows, np.dtype(dtype))
    out = np.ones((x_row, out_row), dtype)
    transpose(rows, columns, x.ravel(), 0, x_row, out.ravel(), 0, out_row)
    np.testing.assert_array_equal(out[:columns, :rows], x[:, :columns].T)
    assert not out[:columns, rows:].any()
