import numpy as np
import pytest
from numba import njit

from tests.support.rounding import assert_close, wide
from training.kernels.compilation import OPTIONS
from training.kernels.elementary import exp, expm1

DTYPES = [np.float32, np.float64]


@njit(**OPTIONS)
def both(x, exps, expm1s):
    for i in range(x.size):
        exps[i], expm1s[i] = exp(x[i]), expm1(x[i])


def values(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    exps, expm1s = np.empty_like(x), np.empty_like(x)
    both(x, exps, expm1s)
    return exps, expm1s


@pytest.mark.parametrize("dtype", DTYPES)
def test_against_extended_precision(dtype: type[np.floating]) -> None:
    grid = np.concatenate([np.linspace(-80, 80, 20_001), np.geomspace(1e-30, 1, 1_000), -np.geomspace(1e-30, 1, 1_000)])
    x = grid.astype(dtype)
    x = x[x != 0]
    for found, truth in zip(values(x), (np.exp(wide(x)), np.expm1(wide(x))), strict=True):
        assert_close(found, truth, roundings=6, magnitude=np.abs(truth))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_ends(dtype: type[np.floating]) -> None:
    exps, expm1s = values(np.array([np.nan, np.inf, -np.inf, 0.0, 1e4, -1e4], dtype))
    assert np.isnan([exps[0], expm1s[0]]).all()
    assert np.isfinite(exps[1:]).all()
    assert exps[1] == exps[4] > 1e37
    assert 0 < exps[2] == exps[5] < 1e-37
    assert (exps[3], expm1s[3]) == (1, 0)
    assert expm1s[2] == expm1s[5] == -1
