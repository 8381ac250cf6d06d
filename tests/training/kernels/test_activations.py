import numpy as np
import pytest

from tests.support import perceptron
from tests.support.rounding import assert_close, wide
from training.kernels.activations import IN_PLACE, NAMES, activate, backward

DTYPES = [np.float32, np.float64]
# Those of piecewise-linear units are a part of the products.
SMOOTH = [name for name in NAMES if name != "relu"]
STEP = 1e-30


def sums(dtype: type[np.floating]) -> np.ndarray:
    return np.linspace(-6, 6, 601).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SMOOTH)
def test_values_and_gradients_are_those_of_the_definition(name: str, dtype: type[np.floating]) -> None:
    z, given = sums(dtype), np.cos(sums(dtype))
    u, definition = wide(z), perceptron.ACTIVATIONS[name]
    a = z.copy() if name in IN_PLACE else np.empty_like(z)
    activate(NAMES.index(name), a if name in IN_PLACE else z, a)
    assert_close(a, definition(u), roundings=30, magnitude=np.abs(u) + 1)
    d = given.copy()
    backward(NAMES.index(name), d, z, a)
    slope = definition(u + 1j * STEP).imag / STEP
    assert_close(d, wide(given) * slope, roundings=60, magnitude=np.abs(u) + 1)


def test_whose_gradient_follows_from_the_value_alone() -> None:
    """The sums behind them are overwritten."""
    for name in set(IN_PLACE) - {"relu"}:
        z, a, d = sums(np.float64), perceptron.ACTIVATIONS[name](sums(np.float64)), np.ones(601)
        backward(NAMES.index(name), d, np.full_like(z, np.nan), a)
        assert np.isfinite(d).all()
