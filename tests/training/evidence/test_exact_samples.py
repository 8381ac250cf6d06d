import numpy as np

from training.evidence.exact_samples import exact
from training.evidence.smoothness import Observations
from training.features.placement import even

U = np.linspace(-1, 1, 200)


def observed(y: np.ndarray) -> Observations:
    return Observations(U, y[None], np.ones((1, len(U))))


def test_samples_without_noise_are_met_with_a_band_of_that_size() -> None:
    y = np.sin(6 * U)
    found = exact(observed(y), even(), noise=1e-3)
    assert found is not None
    assert found.posterior.noise_std < 1e-9
    off = found.units.values(U, 0) @ found.posterior.mean[:-1] + found.posterior.mean[-1] - y
    assert np.abs(off).max() < 1e-7
    std = found.posterior_std(U, 0)
    assert std.shape == U.shape
    assert 0 < std.max() < 1e-6


def test_noise_that_is_there_is_not_explained_away() -> None:
    y = np.sin(6 * U) + np.random.default_rng(0).normal(0, 0.1, len(U))
    assert exact(observed(y), even(), noise=0.1) is None
