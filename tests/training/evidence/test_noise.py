"""Noise that is not alike everywhere: found, and not found where there is none."""

import numpy as np
import pytest

from training.arrays import Array
from training.evidence.noise import explain, variance_at
from training.evidence.smoothness import Observations

U = np.linspace(-1, 1, 300)
TRUTH = np.sin(4 * U)


def observed(noise: Array) -> Observations:
    return Observations(U, (TRUTH + noise)[None], np.ones((1, len(U))))


def normal(seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=len(U))


def autoregression(part: float, size: float) -> Array:
    drawn, found = normal() * np.sqrt(1 - part**2), np.zeros(len(U))
    for i in range(1, len(U)):
        found[i] = part * found[i - 1] + drawn[i]
    return size * found


def error(observations: Observations, kind: str) -> float:
    posterior = explain(observations, kind).fits[0].posterior
    return float(np.sqrt(np.mean((posterior.values(U, 0) - TRUTH) ** 2)))


def test_noise_that_is_alike_everywhere_is_white() -> None:
    assert explain(observed(0.1 * normal()), "auto").noise.kind == "white"


def test_noise_that_varies_is_found() -> None:
    deviations = 0.01 + 0.2 * (U + 1)
    found = explain(observed(deviations * normal()), "auto").noise
    assert found.kind == "varying"
    assert found.log_variance
    ratio = np.exp(variance_at(found.log_variance, U[20:-20]) / 2) / deviations[20:-20]
    assert 0.5 < ratio.min() < ratio.max() < 2


def test_correlated_noise_is_not_followed() -> None:
    observations = observed(autoregression(0.9, 0.1))
    found = explain(observations, "auto")
    assert found.noise.kind == "correlated"
    posterior = found.fits[0].posterior
    for order, truth in enumerate((TRUTH, 4 * np.cos(4 * U), -16 * TRUTH)):
        inside = np.abs(posterior.values(U, order) - truth) < 2 * np.sqrt(posterior.variances(U, order))
        assert np.mean(inside) > 0.85


def test_outliers_lose_their_weight() -> None:
    noise = 0.02 * normal()
    noise[[40, 100, 200]] += 8
    observations = observed(noise)
    assert error(observations, "robust") < 0.02
    assert error(observations, "white") > 0.02
    seen = explain(observations, "robust").observations
    assert seen.weights[0][[40, 100, 200]].max() < 0.1


def test_robust_costs_little_where_there_are_no_outliers() -> None:
    observations = observed(0.1 * normal(3))
    assert error(observations, "robust") < 1.5 * error(observations, "white") + 0.005


@pytest.mark.parametrize("kind", ["white", "varying", "robust", "correlated"])
def test_what_is_asked_for_is_what_there_is(kind: str) -> None:
    assert explain(observed(0.1 * normal()), kind).noise.kind == kind
