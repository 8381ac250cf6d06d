"""Against the textbook's formulas on dense matrices."""

import numpy as np
import pytest

from training.arrays import Array
from training.evidence.smoothing import NormalEquations, Smoother
from training.features import placement
from training.features.banded import inverse_near_diagonal
from training.features.local import Units


def units(inside: int = 30) -> Units:
    return Units.spaced(placement.even(), inside, 0.5, 4)


def samples(n: int = 150) -> tuple[Array, Array, Array]:
    generator = np.random.default_rng(3)
    u = np.sort(generator.uniform(-1, 1, n))
    return u, np.sin(4 * u) + 0.1 * generator.normal(size=n), generator.uniform(0.5, 2, n)


def features(made: Units, u: Array, order: int = 0) -> Array:
    return made.features(u, slice(0, len(made.places) + 1), order)


def dense(equations: NormalEquations) -> Array:
    return equations.times(np.eye(len(equations.right_side)))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_normal_equations_are_those_of_all_rows(order: int) -> None:
    made, (u, y, weights) = units(), samples()
    equations = NormalEquations(made)
    equations.add(u, y, weights, order)
    rows = features(made, u, order) * weights[:, None]
    size = np.abs(rows).max() ** 2 * len(u)
    np.testing.assert_allclose(dense(equations), rows.T @ rows, atol=1e-14 * size)
    np.testing.assert_allclose(equations.right_side, rows.T @ (y * weights), atol=1e-14 * size)
    assert equations.squares == pytest.approx(float(np.sum((y * weights) ** 2)), rel=1e-13)


@pytest.mark.parametrize("order", [1, 2])
def test_features_are_differentiated(order: int) -> None:
    made, u, step = units(), np.linspace(-1, 1, 41), 1e-5
    lower = [features(made, u + sign * step, order - 1) for sign in (1, -1)]
    exact = features(made, u, order)
    np.testing.assert_allclose((lower[0] - lower[1]) / (2 * step), exact, atol=1e-7 * np.abs(exact).max())


def test_correlated_samples_are_whitened() -> None:
    made, (u, y, weights) = units(), samples()
    rho = np.exp(-np.diff(u, prepend=-np.inf) / 0.02)
    equations = NormalEquations(made)
    equations.add(u, y, weights, 0, rho)
    correlation = np.exp(-np.abs(u[:, None] - u) / 0.02)
    precision = np.linalg.inv(correlation / weights[:, None] / weights)
    rows = features(made, u)
    expected = rows.T @ precision @ rows
    np.testing.assert_allclose(dense(equations), expected, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("differences", [1, 2, 3])
def test_the_evidence_is_the_density_of_the_samples(differences: int) -> None:
    """Differences between two λ, beside the restricted likelihood of dense matrices."""
    made, (u, y, weights) = units(12), samples(60)
    equations = NormalEquations(made)
    equations.add(u, y, weights)
    found, expected = [], []
    for exponent in (-2.0, 1.0):
        smoothed = Smoother(equations, differences).at(exponent)
        assert smoothed
        found.append(smoothed.log_evidence)
        expected.append(
            _restricted_likelihood(features(made, u) * weights[:, None], y * weights, differences, exponent)
        )
    assert found[1] - found[0] == pytest.approx(expected[1] - expected[0], rel=1e-6)


def _restricted_likelihood(rows: Array, y: Array, q: int, exponent: float) -> float:
    """Of y ~ N(X b, v (1 + Z Zᵀ/λ)) with nothing known of b (Harville, Biometrika 61, 1974), at the best v."""
    differences = np.diff(np.eye(rows.shape[1]), q, axis=0)
    powers = np.arange(rows.shape[1])[:, None] ** np.arange(q)
    fixed, random = rows @ powers, rows @ np.linalg.pinv(differences)
    covariance = np.eye(len(y)) + random @ random.T / 10.0**exponent
    inverse = np.linalg.inv(covariance)
    known = fixed.T @ inverse @ fixed
    projected = inverse - inverse @ fixed @ np.linalg.solve(known, fixed.T @ inverse)
    freedom = len(y) - q
    volume = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(known)[1]
    return float(-(volume + freedom * np.log(y @ projected @ y / freedom)) / 2)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_values_and_variances_are_those_of_the_posterior(order: int) -> None:
    made, (u, y, weights) = units(60), samples()
    equations = NormalEquations(made)
    equations.add(u, y, weights)
    smoothed = Smoother(equations, 2).best()
    assert smoothed
    penalty = np.diff(np.eye(len(made.places) + 1), 2, axis=0)
    precision = dense(equations) + 10.0**smoothed.exponent * penalty.T @ penalty
    at = np.linspace(-1, 1, 77)
    rows = features(made, at, order)
    np.testing.assert_allclose(
        smoothed.values(at, order), rows @ np.linalg.solve(precision, equations.right_side), rtol=1e-6
    )
    variances = np.sum(rows * np.linalg.solve(precision, rows.T).T, axis=1) * smoothed.variance
    np.testing.assert_allclose(smoothed.variances(at, order), variances, rtol=1e-6)


@pytest.mark.parametrize(("width", "columns"), [(5, 47), (5, 10), (5, 11), (1, 7), (8, 64), (9, 9)])
def test_the_inverse_near_the_diagonal(width: int, columns: int) -> None:
    generator = np.random.default_rng(width)
    lower = np.tril(generator.normal(size=(columns, columns))) - np.tril(
        generator.normal(size=(columns, columns)), -width
    )
    lower = np.where(np.subtract.outer(np.arange(columns), np.arange(columns)) < width, lower, 0)
    np.fill_diagonal(lower, 3 + generator.random(columns))
    bands = np.zeros((width, columns))
    for band in range(width):
        bands[band, : columns - band] = np.diagonal(lower, -band)
    inverse = np.linalg.inv(lower @ lower.T)
    for number, block in enumerate(inverse_near_diagonal(bands)):
        part = slice(number * width, number * width + len(block))
        np.testing.assert_allclose(block, inverse[part, part], atol=1e-10 * np.abs(inverse).max())


def test_errors_of_the_smoother_are_those_of_repeated_noise() -> None:
    """Against fits to the mean with new noise."""
    made, (u, y, weights), generator = units(20), samples(), np.random.default_rng(0)
    equations = NormalEquations(made)
    equations.add(u, y, weights)
    smoothed = Smoother(equations, 2).best()
    assert smoothed
    fits = []
    for _ in range(400):
        again = NormalEquations(made)
        noise = np.sqrt(smoothed.variance) / weights * generator.normal(size=len(u))
        again.add(u, smoothed.values(u, 0) + noise, weights)
        other = Smoother(again, 2).at(smoothed.exponent)
        assert other
        fits.append(other.values(u, 0))
    drawn = generator.normal(size=(400, len(smoothed.coefficients)))
    noise, bias = smoothed.errors(equations, drawn)
    spread = np.std(features(made, u) @ noise, axis=1)
    np.testing.assert_allclose(np.mean(spread / np.std(fits, axis=0)), 1, atol=0.03)
    offset = np.mean(fits, axis=0) - smoothed.values(u, 0)
    np.testing.assert_allclose(offset, features(made, u) @ bias, atol=0.3 * spread.max())
