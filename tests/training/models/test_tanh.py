import mpmath
import numpy as np
import pytest

from training.models import tanh as module
from training.models.tanh import tanh


@pytest.mark.parametrize("by_numpy", [False, True])
def test_it_is_right_to_the_last_bit(by_numpy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either library, of numbers of any size, in an array of any layout."""
    monkeypatch.setattr(module, "_BY_NUMPY", by_numpy)
    generator = np.random.default_rng(0)
    x = np.concatenate([generator.normal(size=300) * size for size in (1e-300, 1e-8, 1e-3, 0.1, 1, 10, 1e300)])
    truth = np.array([float(mpmath.tanh(mpmath.mpf(value))) for value in x.tolist()])
    assert np.all(np.abs(tanh(x) - truth) <= 2 * np.spacing(np.abs(truth)))
    np.testing.assert_array_equal(tanh(np.asfortranarray(x.reshape(-1, 7))), tanh(x).reshape(-1, 7))
