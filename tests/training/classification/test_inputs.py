import numpy as np
import pytest

from tests.support.rounding import assert_close
from training.classification.inputs import every, inputs
from training.classification.pictures import Pixels, Standardisation
from training.kernels.sparse import Sparse


@pytest.fixture
def strokes() -> Pixels:
    """Mostly black, with a pixel that is the same in all of them, more of them than are looked at in one go."""
    generator = np.random.default_rng(0)
    pixels = (generator.integers(1, 256, (1_500, 8, 8)) * (generator.random((1_500, 8, 8)) < 0.2)).astype(np.uint8)
    pixels[:, 3, 3] = 77
    return pixels


def dense(x: np.ndarray | Sparse) -> np.ndarray:
    assert isinstance(x, Sparse)
    found = np.tile(x.background, (len(x.starts), 1))
    found[np.repeat(np.arange(len(found)), np.diff(x.starts).sum(1)), x.columns] += x.values
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_of_pictures_that_are_mostly_background_the_rest_is_kept(strokes: Pixels, dtype: str) -> None:
    of = Standardisation.of(strokes)
    found, expected = inputs(strokes, of, dtype), of.inputs(strokes, "float64")
    assert isinstance(found, Sparse)
    assert found.values.dtype == dtype
    assert len(found.values) < expected.size / 4
    magnitude = np.abs(expected) + 2 * np.abs(found.background)
    assert_close(dense(found), expected, roundings=5, magnitude=magnitude)


def test_others_are_dense() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 8, 8)).astype(np.uint8)
    of = Standardisation.of(pixels)
    np.testing.assert_array_equal(inputs(pixels, of, "float64"), of.inputs(pixels, "float64"))


@pytest.mark.parametrize("stride", [1, 7])
def test_every(strokes: Pixels, stride: int) -> None:
    x = inputs(strokes, Standardisation.of(strokes), "float64")
    np.testing.assert_array_equal(dense(every(x, stride)), dense(x)[::stride])
    np.testing.assert_array_equal(every(dense(x), stride), dense(x)[::stride])
