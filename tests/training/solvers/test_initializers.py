import numpy as np

from tests.support.rounding import assert_close
from training.models.jacobian import HiddenLayers
from training.solvers.initializers import hidden_layers


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
