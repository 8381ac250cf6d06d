import numpy as np
import pytest

from training.regression.sampling import sample
from training.reproduction.needs import FULL
from training.reproduction.questions import near_zero


def test_samples_may_be_anywhere_and_count_as_often_as_they_are_repeated() -> None:
    found = sample(near_zero.PlacedConfig(x=(-1.0, 0.0, 0.0, 2.0)), seed=0)
    assert found.x.tolist() == [-1, 0, 0, 2]


def test_remedies_see_as_many_samples() -> None:
    _, dense, weighted, *_ = near_zero.remedies(FULL).values()
    for config in (dense, weighted):
        samples = sample(config, config.seed)
        assert len(samples.x) == pytest.approx(10_001, abs=5)
        assert (samples.x[0], samples.x[-1]) == (-5, 5)
        inside = np.abs(samples.x) <= 1
        assert inside.sum() == pytest.approx(5_001, abs=3)
        np.testing.assert_allclose(samples.x, -samples.x[::-1], atol=1e-12)
    repeated = sample(weighted, weighted.seed)
    _, counts = np.unique(repeated.x, return_counts=True)
    assert set(counts) == {1, 4}
