"""Each warning by data that must raise it and by data that must not."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest
import torch

from training.arrays import Array
from training.data.samples import Samples
from training.evaluation.data_diagnostics import diagnose_data, neighbours_noise
from training.evidence.residuals import KINDS, correlation_time, outliers
from training.models.networks import Network, Scaling
from training.regression.methods import METHODS

X = np.linspace(-1, 1, 200)
GENERATOR = np.random.default_rng(2)
WHITE = GENERATOR.normal(size=200)


def constant() -> Network:
    """A network that is zero everywhere: residuals are the samples."""
    made = Network((2,), "tanh", Scaling(0.0, 1.0, 0.0, 1.0), torch.Generator())
    with torch.no_grad():
        made.weights[-1].zero_()
    return made


def told(
    y: Array = WHITE,
    kind: str = "white",
    optimizer: str = "evidence",
    metrics: Mapping[str, float] = MappingProxyType({}),
) -> list[str]:
    samples = Samples(X, y, held_out=Samples(X[1::2], np.sin(9 * X[1::2])))
    found = {"validation_rmse": 0.1, "error_d0": 0.1, "spline_error_d0": 0.1, "chebyshev_error_d0": 0.2} | dict(metrics)
    findings = {"noise_kind": float(KINDS.index(kind)), "correlation_time": 1.0} if optimizer == "evidence" else {}
    return diagnose_data(METHODS[optimizer], constant(), samples, found, findings).warnings


def autocorrelated(part: float) -> Array:
    y = WHITE.copy()
    for i in range(1, len(y)):
        y[i] += part * y[i - 1]
    return y


def with_outliers() -> Array:
    y = WHITE.copy()
    y[[20, 90, 140]] = 30
    return y


def test_a_sound_fit_has_no_warning() -> None:
    assert told() == []
    assert told(kind="varying") == []


@pytest.mark.parametrize(
    ("metrics", "warning"),
    [
        (
            {"spline_error_d0": 0.02},
            "a spline of the same samples is 5 times closer to the samples held out: relative error 0.02",
        ),
        ({"chebyshev_error_d0": 0.05}, "a Chebyshev series of the same samples is 2 times closer"),
        ({"spline_error_d0": 0.0}, "a spline of the same samples is inf times closer"),
    ],
)
def test_a_contender_that_is_better(metrics: dict[str, float], warning: str) -> None:
    (found,) = told(metrics=metrics)
    assert found.startswith(warning)


def test_a_contender_that_is_not_clearly_better() -> None:
    assert told(metrics={"spline_error_d0": 0.092}) == []
    # Both are at rounding.
    assert told(metrics={"error_d0": 5e-15, "spline_error_d0": 1e-16, "chebyshev_error_d0": 1e-16}) == []


def test_correlated_residuals() -> None:
    (warning,) = told(autocorrelated(0.8))
    assert warning.startswith("the residuals are correlated over ")
    assert warning.endswith("and the bands are widened for it")
    (warning,) = told(kind="correlated")
    assert warning.startswith("the noise is correlated from sample to sample: the bands allow for it")


def test_outliers() -> None:
    (warning,) = told(with_outliers())
    assert warning == "3 of 200 samples lie far from the fit and pull at it: noise=robust gives them little weight"
    assert told(with_outliers(), kind="robust") == []


def test_rounding_is_no_noise() -> None:
    exact = {"error_d0": 3e-14, "spline_error_d0": 1e-16}
    assert told(with_outliers(), metrics=exact) == told(autocorrelated(0.9), metrics=exact) == []


def test_noise_that_a_solver_for_exact_samples_has_fitted() -> None:
    (warning,) = told(optimizer="varpro")
    assert warning.startswith("varpro takes the samples for exact, and they have noise of about ")
    assert told(np.sin(40 * X), optimizer="varpro") == []


@pytest.mark.parametrize("noise", [1e-4, 0.1])
def test_the_noise_beside_the_neighbours(noise: float) -> None:
    x = np.sort(GENERATOR.uniform(0, 5, 3_000))
    assert neighbours_noise(x, np.sin(x) + noise * GENERATOR.normal(size=3_000)) == pytest.approx(noise, rel=0.1)


def test_what_bends_is_no_noise() -> None:
    assert neighbours_noise(X, np.sin(9 * X)) == 0
    assert neighbours_noise(X[:3], X[:3]) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("part", [0.5, 0.9])
def test_the_time_of_an_autoregression(part: float) -> None:
    y, generator = np.zeros(40_000), np.random.default_rng(0)
    for i in range(1, len(y)):
        y[i] = part * y[i - 1] + generator.normal()
    assert correlation_time(y) == pytest.approx((1 + part) / (1 - part), rel=0.15)


def test_independent_residuals_have_a_time_of_one() -> None:
    generator = np.random.default_rng(0)
    assert [correlation_time(generator.normal(size=n)) for n in (5, 50, 500, 5_000)] == [1.0] * 4
    assert correlation_time(np.zeros(100)) == 1


def test_normal_residuals_have_no_outliers() -> None:
    assert not outliers(np.random.default_rng(0).normal(size=100_000)).any()
    assert not outliers(np.zeros(50)).any()
