import numpy as np
import pytest

from training.solvers.node_selection import node_selection


@pytest.mark.parametrize(("samples", "hidden", "expected"), [(100, 30, 100), (10_001, 30, 180), (10_001, 200, 300)])
def test_few_samples_near_chebyshev_nodes_are_taken(samples: int, hidden: int, expected: int) -> None:
    x = np.linspace(-1, 1, samples)
    taken = node_selection(x, (hidden, hidden))
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
    np.testing.assert_array_equal(node_selection(x, (30,)), expected)
