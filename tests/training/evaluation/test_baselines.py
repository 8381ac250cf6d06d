from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial

from training.arrays import Array
from training.evaluation.accuracy import relative_l2
from training.evaluation.baselines import Approximation, chebyshev, errors, fit_baselines, spline
from training.targets.domain import Domain
from training.targets.named import Gaussian, Target, parse

DOMAIN = Domain(-5.0, 5.0)
Fit = Callable[[Array, Array], Approximation]


def fit_chebyshev(x: Array, y: Array) -> Approximation:
    return chebyshev(x, y, DOMAIN)


def noisy(target: Target, points: int, seed: int = 0) -> tuple[Array, Array]:
    x = DOMAIN.equally_spaced(points)
    return x, target.derivative(x) + np.random.default_rng(seed).normal(0, 0.01, points)


def error(approximation: Approximation, target: Target, order: int) -> float:
    grid = DOMAIN.midpoints()
    return relative_l2(approximation.derivative(grid, order), target.derivative(grid, order))


@pytest.mark.parametrize("points", [500, 10_001])
@pytest.mark.parametrize("name", ["gaussian", "psi_0", "psi_1", "psi_2", "psi_3", "psi_3^2"])
def test_noise_free_samples_are_fitted_to_rounding(name: str, points: int) -> None:
    """Measured: 2e-16 to 6e-16 of f by both, 5e-15 by the spline of |psi_3|²; 3e-12 and 5e-10 of f''."""
    target, x = parse(name), DOMAIN.equally_spaced(points)
    series, piecewise = fit_baselines(x, target.derivative(x), DOMAIN)
    assert error(series, target, 0) < 6e-15
    assert error(series, target, 2) < 3e-11
    assert error(piecewise, target, 0) < 5e-14
    assert error(piecewise, target, 2) < 5e-9
    assert series.parameters < 100
    assert piecewise.parameters == 2 * points + 8


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["gaussian", "psi_3", "psi_3^2"])
def test_noise_is_not_fitted(name: str, seed: int) -> None:
    """A plain series of the best degree misses f'' of the gaussian by 0.5, an interpolating spline by 600."""
    target = parse(name)
    for fitted in fit_baselines(*noisy(target, 500, seed), DOMAIN):
        assert error(fitted, target, 0) < 0.04
        assert error(fitted, target, 2) < 0.3


def test_more_noisy_samples_make_a_better_fit() -> None:
    target = Gaussian()
    few, many = (fit_baselines(*noisy(target, points), DOMAIN) for points in (500, 10_001))
    for small, large in zip(few, many, strict=True):
        assert error(large, target, 0) < 0.6 * error(small, target, 0)


def test_of_pure_noise_a_series_keeps_its_mean() -> None:
    y = 3 + np.random.default_rng(0).normal(size=300)
    fitted = chebyshev(DOMAIN.equally_spaced(300), y, DOMAIN)
    assert fitted.parameters == 1
    np.testing.assert_allclose(fitted.derivative(np.zeros(1), 0), y.mean())


def test_a_fast_oscillation_is_not_taken_for_noise() -> None:
    x = Domain(-1.0, 1.0).equally_spaced(10_001)
    fitted = chebyshev(x, np.sin(200 * x), Domain(-1.0, 1.0))
    np.testing.assert_allclose(fitted.derivative(x, 0), np.sin(200 * x), atol=1e-12)


def test_chebyshev_points_bear_any_degree() -> None:
    target, x = parse("psi_3"), 5 * np.cos(np.pi * (np.arange(70) + 0.5) / 70)
    assert error(chebyshev(x, target.derivative(x), DOMAIN), target, 0) < 6e-15


@pytest.mark.parametrize("fit", [fit_chebyshev, spline])
def test_the_order_of_samples_is_of_no_matter(fit: Fit) -> None:
    x, y = noisy(Gaussian(), 200)
    order = np.random.default_rng(1).permutation(x.size)
    first, second = fit(x, y), fit(x[order], y[order])
    grid = DOMAIN.midpoints(100)
    np.testing.assert_allclose(second.derivative(grid, 1), first.derivative(grid, 1), atol=1e-10)


@pytest.mark.parametrize("fit", [fit_chebyshev, spline])
def test_random_samples(fit: Fit) -> None:
    target, x = parse("psi_3"), np.random.default_rng(0).uniform(*DOMAIN, 2_000)
    assert error(fit(x, target.derivative(x)), target, 0) < 1e-9


@pytest.mark.parametrize("fit", [fit_chebyshev, spline])
def test_duplicates_are_averaged(fit: Fit) -> None:
    target, x = Gaussian(), DOMAIN.equally_spaced(101)
    y = target.derivative(x)
    fitted = fit(np.append(x, x), np.append(y + 0.01, y - 0.01))
    assert error(fitted, target, 0) < 0.03


def test_a_spline_weighs_duplicates() -> None:
    x = np.array([0.0, 1.0, 1.0, 2.0, 3.0])
    fitted = spline(x, np.array([0.0, 4.0, 0.0, 2.0, 3.0]), np.array([1.0, 1.0, 3.0, 1.0, 1.0]))
    np.testing.assert_allclose(fitted.derivative(np.array([0.0, 1.0, 2.0]), 0), [0, 1, 2], atol=1e-14)


@pytest.mark.parametrize("fit", [chebyshev, lambda x, y, _, weights: spline(x, y, weights)])
def test_samples_without_weight_are_not_seen(
    fit: Callable[[Array, Array, tuple[float, float], Array], Approximation],
) -> None:
    x, y = noisy(Gaussian(), 200)
    wild = np.where(np.arange(200) % 2, y, 1e3)
    fitted = fit(x, wild, DOMAIN, np.tile([0.0, 7.0], 100))
    assert error(fitted, Gaussian(), 0) < 0.1


def test_weights_count_as_repetitions() -> None:
    x, y = noisy(Gaussian(), 100)
    counts = np.random.default_rng(1).integers(1, 4, 100)
    grid = DOMAIN.midpoints(100)
    for weighted, repeated in zip(
        fit_baselines(x, y, DOMAIN, counts.astype(np.float64)),
        fit_baselines(np.repeat(x, counts), np.repeat(y, counts), DOMAIN),
        strict=True,
    ):
        np.testing.assert_allclose(weighted.derivative(grid, 0), repeated.derivative(grid, 0), atol=0.01)


@pytest.mark.parametrize("domain", [Domain(-1, 1), Domain(0, 7), Domain(1e6, 1e6 + 4), Domain(0, 1e-9)])
def test_derivatives_of_a_polynomial_are_exact(domain: Domain) -> None:
    low, high = domain
    polynomial = Polynomial([0.5, -1.0, 2.0, 0.25, -0.5, 1.0], domain)
    x, inner = Domain(*domain).equally_spaced(60), low + (high - low) * np.linspace(0.02, 0.98, 41)
    series, piecewise = fit_baselines(x, polynomial(x), domain)
    for order in range(9):
        truth, unit = polynomial.deriv(order)(inner) if order else polynomial(inner), (2 / (high - low)) ** order
        # x itself is rounded, the more the farther from zero.
        atol = (1e-10 if low < 1e3 else 1e-5) * unit
        np.testing.assert_allclose(series.derivative(inner, order), truth, atol=atol, rtol=1e-9)
        if order <= 3:
            np.testing.assert_allclose(piecewise.derivative(inner, order), truth, atol=10 * atol, rtol=1e-7)
        assert piecewise.derivative(inner, order).shape == inner.shape
    assert np.all(piecewise.derivative(inner, 8) == 0)


def test_a_series_is_as_short_as_the_polynomial() -> None:
    x = Domain(0.0, 7.0).equally_spaced(60)
    fitted = chebyshev(x, 2 - x + x**3, Domain(0.0, 7.0))
    assert fitted.parameters == 4
    assert np.all(fitted.derivative(x, 4) == 0)


@pytest.mark.parametrize("points", [3, 4, 5, 8, 31, 32])
def test_few_points(points: int) -> None:
    x = DOMAIN.equally_spaced(points)
    series, piecewise = fit_baselines(x, 1 + 2 * x, DOMAIN)
    for fitted in (series, piecewise):
        np.testing.assert_allclose(fitted.derivative(DOMAIN.midpoints(9), 1), 2, atol=1e-10)
    # Never more than a penalty on the third derivative needs.
    assert series.parameters <= 4
    np.testing.assert_allclose(spline(x, np.exp(x)).derivative(x, 0), np.exp(x), atol=1e-10)


@pytest.mark.parametrize("points", [3, 4, 5, 8, 500])
@pytest.mark.parametrize("value", [0.0, -3.7, 1e200, 1e-300])
def test_a_constant(points: int, value: float) -> None:
    x = DOMAIN.equally_spaced(points)
    for fitted in fit_baselines(x, np.full(points, value), DOMAIN):
        np.testing.assert_allclose(fitted.derivative(x, 0), value, rtol=1e-13)


def test_fewer_than_three_distinct_points_are_too_few() -> None:
    x, y = np.array([0.0, 1.0, 1.0, 2.0]), np.zeros(4)
    assert fit_baselines(x[:3], y[:3], DOMAIN) == []
    assert fit_baselines(x, y, DOMAIN, np.array([0.0, 1.0, 1.0, 1.0])) == []


def test_many_samples_are_thinned_for_a_spline() -> None:
    target, x = Gaussian(), DOMAIN.equally_spaced(50_000)
    fitted = spline(x, target.derivative(x))
    assert fitted.parameters == 2 * 20_000 + 8
    assert error(fitted, target, 0) < 1e-14


def test_samples_may_reach_beyond_the_domain() -> None:
    x = Domain(-6.0, 6.0).equally_spaced(500)
    assert error(chebyshev(x, Gaussian().derivative(x), DOMAIN), Gaussian(), 0) < 6e-15


@settings(deadline=None, max_examples=60)
@given(
    x=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40).filter(lambda values: len(set(values)) >= 3),
    seed=st.integers(0, 9),
    weighted=st.booleans(),
)
def test_any_finite_samples_can_be_fitted(x: list[float], seed: int, weighted: bool) -> None:
    generator, at = np.random.default_rng(seed), np.array(x)
    weights = generator.exponential(size=at.size) if weighted else None
    fits = fit_baselines(at, generator.normal(size=at.size), Domain(min(x), max(x)), weights)
    assert [fitted.name for fitted in fits] == ["chebyshev", "spline"]
    for fitted in fits:
        assert np.all(np.isfinite(fitted.derivative(at, 0)))
        assert 0 < fitted.seconds < 60


def test_errors_are_named_after_the_fit() -> None:
    target, x = Gaussian(), DOMAIN.equally_spaced(50)
    for fitted in fit_baselines(x, target.derivative(x), DOMAIN):
        assert errors(fitted, target, DOMAIN) == {
            f"{fitted.name}_error_d0": error(fitted, target, 0),
            f"{fitted.name}_error_d1": error(fitted, target, 1),
            f"{fitted.name}_error_d2": error(fitted, target, 2),
            f"{fitted.name}_parameters": fitted.parameters,
            f"{fitted.name}_seconds": fitted.seconds,
        }
