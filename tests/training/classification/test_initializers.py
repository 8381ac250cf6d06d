import numpy as np
import pytest
from numpy.random import RandomState

from training.classification.initializers import INITIALIZATIONS, draw


@pytest.mark.parametrize(
    ("name", "deviation"),
    [("gaussian", 1.0), ("xavier", 50**-0.5), ("he", (2 / 50) ** 0.5), ("bengio", 250**-0.5)],
)
def test_the_spread_follows_from_the_fans(name: str, deviation: float) -> None:
    (weights,) = draw((50, 200), name, seed=1)
    assert weights.shape == (200, 50)
    assert weights.std() == pytest.approx(deviation, rel=0.03)


def test_the_numbers_are_those_of_one_generator_for_all_layers() -> None:
    first, second = draw((3, 4, 2), "uniform", seed=5)
    generator = RandomState(5)
    np.testing.assert_array_equal(first, generator.rand(4, 3))
    np.testing.assert_array_equal(second, generator.rand(2, 4))
    np.testing.assert_allclose(draw((3, 4, 2), "uniform/100", seed=5)[0], first / 100, rtol=1e-15)
    assert len(INITIALIZATIONS) == 6
