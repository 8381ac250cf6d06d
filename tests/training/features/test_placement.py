import numpy as np
import pytest

from training.features.placement import even, of_curvature, of_samples


def test_an_even_density_is_everywhere_alike() -> None:
    density = even()
    assert density.unevenness == pytest.approx(1)
    np.testing.assert_allclose(density.at(np.linspace(-1, 1, 9)), density.pieces / 2)


def test_units_stand_as_the_samples_do_where_these_are_uneven() -> None:
    assert of_samples(np.linspace(-1, 1, 100)) is None
    u = np.sort(np.append(np.linspace(-1, -0.8, 90), np.linspace(-0.7, 1, 10)))
    density = of_samples(u)
    assert density is not None
    assert density.at(np.array([-0.9]))[0] > 5 * density.at(np.array([0.5]))[0]
    assert of_samples(np.array([-1.0, 1.0])) is None


def test_more_of_them_stand_where_the_function_bends() -> None:
    u = np.linspace(-1, 1, 1_001)
    density = of_curvature(u, np.exp(-((u - 0.5) ** 2) / 0.005))
    assert density.at(np.array([0.5]))[0] > 3 * density.at(np.array([-0.5]))[0] > 0
    assert of_curvature(u, np.zeros_like(u)).unevenness == pytest.approx(1, rel=1e-6)
