import math

import pytest

from tests.support.networks import network
from training.regression.result import TrainingResult


def test_a_training_that_diverged_has_no_fit() -> None:
    diverged = TrainingResult(0, math.inf, 1.0, True)
    assert diverged.diverged
    assert TrainingResult(0, math.nan, 1.0, True).diverged
    with pytest.raises(AssertionError, match="diverged"):
        _ = diverged.fit


def test_one_that_has_not_has_its_network() -> None:
    made = network()
    result = TrainingResult(0, 1e-3, 1.0, False, made)
    assert (result.diverged, result.fit) == (False, made)
