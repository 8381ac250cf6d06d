import math

import numpy as np
import pytest

from training.regression.result import TrainingResult
from training.reproduction.needs import FULL, Need, setting
from training.reproduction.results import Results, truth, variance

SETTING = setting(4, 2, 10, points=101)


def outcome(seed: int, mse: float, seconds: float = 1.0) -> TrainingResult:
    return TrainingResult(seed, mse, seconds, mse > 0.5, history=[2 * mse, mse])


TOGETHER = [outcome(0, 0.1), outcome(1, math.inf), outcome(2, 0.2)]
TIMED = [outcome(0, 0.1, 3.0), outcome(0, 0.1, 5.0), outcome(1, 0.4, 7.0)]
RESULTS = Results(FULL, {Need(SETTING, 3): TOGETHER, Need(SETTING, 2, 2): TIMED})


def test_runs_together_and_alone_are_told_apart() -> None:
    assert RESULTS.together(SETTING, 2) == TOGETHER[:2]
    assert [found.seed for found in RESULTS.alone(SETTING)] == [0, 1]
    assert RESULTS.seconds(SETTING) == [3, 5]
    assert RESULTS.one(SETTING, timed=True) == TIMED[0]


def test_differences_and_how_many_failed() -> None:
    assert RESULTS.mse(SETTING) == [0.1, math.inf, 0.2]
    assert RESULTS.after(SETTING, 1) == [0.2, math.inf, 0.4]
    assert RESULTS.relative(SETTING)[0] == pytest.approx(0.1 / variance(SETTING))
    assert (RESULTS.rate(SETTING).failed, RESULTS.rate_after(SETTING, 2).failed) == (1, 3)


def test_the_truth_is_the_function_on_the_grid() -> None:
    x, y = truth(SETTING)
    np.testing.assert_allclose(y, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))
