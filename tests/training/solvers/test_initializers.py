import numpy as np
import pytest

from tests.support.rounding import assert_close
from training.models.jacobian import HiddenLayers
from training.solvers.initializers import hidden_layers, nodes


def test_the_kinks_are_spread_evenly_and_beyond_the_ends() -> None:
    theta = hidden_layers((30, 20), 0)
    slopes, biases = theta[:30], theta[30:60]
    assert_close(-biases / slopes, np.linspace(-1.1, 1.1, 30), roundings=5)
    assert np.abs(slopes).min() > 2.5 * np.exp(-0.3)
    assert np.abs(slopes).max() < 2.5 * np.exp(0.3)
    assert (slopes > 0).any()
    assert (slopes < 0).any()
    assert len(theta) == HiddenLayers((30, 20), "tanh", np.zeros(1)).parameters
    assert not theta[-20:].any()


def test_the_seed_decides() -> None:
    np.testing.assert_array_equal(hidden_layers((5, 5), 3), hidden_layers((5, 5), 3))
    assert (hidden_layers((5, 5), 3) != hidden_layers((5, 5), 4)).any()


def test_one_unit_has_its_kink_in_the_middle() -> None:
    assert hidden_layers((1,), 0)[1] == 0


@pytest.mark.parametrize(("samples", "hidden", "expected"), [(100, 30, 100), (10_001, 30, 180), (10_001, 200, 300)])
def test_few_samples_near_chebyshev_nodes_are_taken(samples: int, hidden: int, expected: int) -> None:
    x = np.linspace(-1, 1, samples)
    taken = nodes(x, (hidden, hidden))
    assert np.all(np.diff(taken) > 0)
    assert len(taken) <= expected
    assert len(taken) > 0.9 * expected
    if samples > expected:
        chebyshev = np.cos(np.pi * (np.arange(expected) + 0.5) / expected)
        assert np.abs(x[taken][:, None] - chebyshev).min(0).max() <= (x[1] - x[0]) / 2 + 1e-15


def test_the_nearest_of_unequal_samples_are_taken() -> None:
    x = np.sort(np.random.default_rng(0).uniform(-1, 1, 5_000))
    chebyshev = np.cos(np.pi * (np.arange(180) + 0.5) / 180)
    expected = np.unique(np.abs(x[:, None] - chebyshev).argmin(0))
    np.testing.assert_array_equal(nodes(x, (30,)), expected)
