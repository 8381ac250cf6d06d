from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest

from tests.support.rounding import assert_close
from training.errors import InvalidParameter
from training.targets.named import Gaussian, ProbabilityDensity, Target, WaveFunction, parse

mpmath: Any = _mpmath  # it has no types
X = np.array([-6.5, -2.0, -0.3, 0.0, 0.7, 1.9, 5.0])


def psi(level: int, x: mpmath.mpf) -> mpmath.mpf:
    """From the definition, with Hermite polynomials in high precision."""
    norm = mpmath.sqrt(mpmath.mpf(2) ** level * mpmath.factorial(level) * mpmath.sqrt(mpmath.pi))
    return mpmath.hermite(level, x) * mpmath.exp(-(x**2) / 2) / norm


def density(x: mpmath.mpf) -> mpmath.mpf:
    return mpmath.npdf(x, mpmath.mpf(0.5), mpmath.mpf(2))


ORACLES: list[tuple[Target, Any]] = [
    (Gaussian(), mpmath.npdf),
    (Gaussian(0.5, 2.0), density),
    (WaveFunction(0), lambda x: psi(0, x)),
    (WaveFunction(3), lambda x: psi(3, x)),
    (WaveFunction(20), lambda x: psi(20, x)),
    (ProbabilityDensity(3), lambda x: psi(3, x) ** 2),
]


@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize(("target", "oracle"), ORACLES, ids=lambda value: getattr(value, "name", ""))
def test_derivatives_are_exact(target: Target, oracle: Any, order: int) -> None:
    with mpmath.workdps(60):
        truth = np.array([float(mpmath.diff(oracle, mpmath.mpf(x), order)) for x in X])
    assert_close(target.derivative(X, order), truth, roundings=200, magnitude=np.abs(truth).max())


@pytest.mark.parametrize("level", [0, 1, 50, 100, 500])
def test_wave_functions_are_normalised(level: int) -> None:
    # The trapezoidal rule is exact to rounding for functions that vanish at both ends.
    x = np.linspace(-45, 45, 20_001)
    psi_n = WaveFunction(level).derivative(x)
    assert np.sum(psi_n**2) * (x[1] - x[0]) == pytest.approx(1, abs=1e-12)


def test_the_hundredth_wave_function_against_high_precision() -> None:
    x = np.array([0.1, 3.3, 9.9, 13.7, 15.0])
    with mpmath.workdps(120):
        truth = [float(psi(100, mpmath.mpf(value))) for value in x]
    # A hundred terms of a recurrence, each with a few operations and a square root.
    assert_close(WaveFunction(100).derivative(x), truth, roundings=5 * 100, magnitude=np.maximum(np.abs(truth), 1e-3))


@pytest.mark.parametrize("name", ["gaussian", "psi_0", "psi_12", "psi_3^2"])
def test_names_are_kept(name: str) -> None:
    assert parse(name).name == name


def test_the_name_tells_the_gaussian() -> None:
    assert parse("gaussian", mean=1, std=0.5).name == "gaussian(mean=1, std=0.5)"


@pytest.mark.parametrize("name", ["", "gauss", "psi_", "psi_-1", "psi_1.5", "psi_3^3", "psi_3 ", "Gaussian"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidParameter, match=r"is not an expression in x: .*; allowed are gaussian, psi_N, psi_N"):
        parse(name)


def test_levels_beyond_float64_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="psi_501 is beyond psi_500"):
        parse("psi_501")


def test_mean_and_std_belong_to_the_gaussian() -> None:
    with pytest.raises(InvalidParameter, match="mean, std: only the gaussian has them, not psi_3"):
        parse("psi_3", std=2)
