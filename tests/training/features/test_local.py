import numpy as np
import pytest

from training.arrays import Array
from training.features.local import Units, operations, solve, units_on
from training.features.resolution import Density

EVEN = Density(np.linspace(-1, 1, 41))
GRADED = Density(np.concatenate([[-1.0], -(2.0 ** -np.arange(1, 12)), [0.0], 2.0 ** -np.arange(11, 0, -1.0), [1.0]]))
DENSITIES = pytest.mark.parametrize("density", [EVEN, GRADED], ids=["even", "graded"])


def all_features(units: Units, u: Array) -> Array:
    return units.features(u, slice(0, len(units.places) + 1))


@DENSITIES
def test_features_add_up_to_one_and_stay_where_they_are(density: Density) -> None:
    units = Units.on(density, 5.0)
    u = np.linspace(-1, 1, 501)
    features = all_features(units, u)
    np.testing.assert_allclose(features.sum(axis=1), 1, rtol=0, atol=1e-14)
    left, right = units.reach()
    outside = (u[:, None] < left) | (u[:, None] > right)
    assert np.abs(features[outside]).max(initial=0.0) <= np.finfo(np.float64).eps
    assert (density is GRADED) or outside.any()
    np.testing.assert_array_equal(units.features(u, slice(3, 17)), features[:, 3:17])


@DENSITIES
def test_the_layers_are_the_expansion(density: Density) -> None:
    units = Units.on(density, 5.0)
    d = np.random.default_rng(0).standard_normal(len(units.places) + 1)
    hidden, output = units.layers(d)
    weights, biases = np.split(hidden, 2)
    u = np.linspace(-1, 1, 301)
    network = np.tanh(u[:, None] * weights + biases) @ output[:-1] + output[-1]
    scale = np.abs(output).sum()
    np.testing.assert_allclose(network, all_features(units, u) @ d, rtol=0, atol=1e-14 * scale * len(output) ** 0.5)


@DENSITIES
def test_the_window_solves_the_whole_problem(density: Density) -> None:
    """Against dense least squares; a ridge that decides leaves one solution."""
    units = Units.on(density, 4.0)
    u = density.places(np.linspace(0, density.pieces, 3 * len(units.places)))
    y, ridge = np.exp(u) * np.sin(5 * u), 1e-6
    c = np.zeros((len(units.places), len(units.places) + 1))
    rows = np.arange(len(c))
    c[rows, rows], c[rows, rows + 1] = -0.5, 0.5
    matrix = np.vstack([all_features(units, u), np.sqrt(ridge) * c])
    whole = np.linalg.lstsq(matrix, np.concatenate([y, np.zeros(len(c))]), rcond=None)[0]
    found = solve(units, u, y, ridge)
    # Rounding, times the condition of a problem that such a ridge settles.
    np.testing.assert_allclose(found, whole, rtol=0, atol=1e-16 * np.linalg.cond(matrix) * 1e3 * np.abs(whole).max())


def test_the_work_grows_with_the_size() -> None:
    small, large = (Units.on(Density(np.linspace(-1, 1, n + 1)), 5.0) for n in (500, 2_000))
    assert operations(large, 3) < 6 * operations(small, 3)


def test_shifts_keep_the_order() -> None:
    count = units_on(EVEN, 5.0)
    shifts = np.random.default_rng(1).uniform(-0.4, 0.4, count)
    assert (np.diff(Units.on(EVEN, 5.0, shifts).places) > 0).all()
