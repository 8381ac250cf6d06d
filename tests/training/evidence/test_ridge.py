"""Against the textbook's formulas on dense matrices, and against simulated data."""

from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from tests.support.rounding import allowed, assert_close
from training.arrays import Array
from training.evidence.ridge import Posterior, Triangle

mpmath: Any = _mpmath  # it has no types


def simulated(samples: int = 60, noise: float = 0.3) -> tuple[Array, Array]:
    generator = np.random.default_rng(5)
    features = generator.normal(size=(samples, 4)) * [3, 1, 0.5, 0.1]
    return features, features @ [0.5, -1, 0.7, 0.2] + noise * generator.normal(size=samples)


def posterior(features: Array, y: Array, chunk: int) -> Posterior:
    triangle = Triangle()
    for start in range(0, len(y), chunk):
        triangle.add(features[start : start + chunk], y[start : start + chunk])
    return triangle.posterior()


def log_evidence(features: Array, y: Array, ridge: float) -> float:
    """Of y ~ N(0, v (1 + Φ Φᵀ/λ)) at its best v."""
    covariance = np.eye(len(y)) + features @ features.T / ridge
    variance = y @ np.linalg.solve(covariance, y) / len(y)
    return float(multivariate_normal(np.zeros(len(y)), variance * covariance).logpdf(y))


def test_the_ridge_maximises_the_evidence() -> None:
    features, y = simulated()
    found = posterior(features, y, 1000)
    best = minimize_scalar(lambda t: -log_evidence(features, y, np.exp(t)), bounds=(-8, 8), method="bounded")
    assert np.log(found.ridge) == pytest.approx(best.x, abs=1e-3)
    other = posterior(features, 1.1 * y + 0.1, 1000)
    difference = log_evidence(features, y, found.ridge) - log_evidence(features, 1.1 * y + 0.1, other.ridge)
    assert found.log_evidence - other.log_evidence == pytest.approx(difference, rel=1e-6)


def assert_posterior(found: Posterior, features: Array, y: Array) -> None:
    """That mean and covariance are those of the normal equations at the ridge that was found."""
    with mpmath.workdps(40):
        matrix = mpmath.matrix(features.tolist())
        gram = matrix.T * matrix + mpmath.mpf(found.ridge) * mpmath.eye(features.shape[1])
        covariance = gram**-1
        mean = covariance * (matrix.T * mpmath.matrix(y.tolist()))
    exact = np.array(covariance.tolist(), float)
    condition = np.linalg.cond(features)
    truth = np.array(mean.tolist(), float).ravel()
    assert_close(found.mean, truth, len(y), condition * np.abs(truth).max())
    scaled = found.root @ found.root.T / found.noise_std**2
    assert_close(scaled, exact, len(y), condition * np.abs(exact).max())


def test_mean_covariance_and_noise_are_those_of_the_normal_equations() -> None:
    features, y = simulated()
    found = posterior(features, y, 1000)
    assert_posterior(found, features, y)
    assert found.noise_std == pytest.approx(0.3, rel=0.15)


@pytest.mark.parametrize("chunk", [1, 3, 7, 59])
def test_chunks_change_nothing(chunk: int) -> None:
    features, y = simulated()
    whole, pieces = posterior(features, y, 1000), posterior(features, y, chunk)
    assert_posterior(pieces, features, y)
    # Near its maximum the evidence is flat: the search ends within 1e-5 of the ridge, and rounding decides where.
    assert np.log(pieces.ridge) == pytest.approx(np.log(whole.ridge), abs=1e-4)
    assert pieces.noise_std == pytest.approx(whole.noise_std, rel=1e-4)


def test_fewer_samples_than_features() -> None:
    features, y = simulated(samples=3)
    found = posterior(features, y, 1000)
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.root).all()


def test_data_without_noise_are_met_to_rounding() -> None:
    features, _ = simulated()
    y = features @ [0.5, -1, 0.7, 0.2]
    found = posterior(features, y, 1000)
    assert_close(found.mean, [0.5, -1, 0.7, 0.2], len(y), np.linalg.cond(features))
    assert found.noise_std < allowed(y, float, len(y))
