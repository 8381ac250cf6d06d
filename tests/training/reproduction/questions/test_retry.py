import math

import numpy as np
import pytest

from training.evaluation.failure_rate import Rate
from training.regression.result import TrainingResult
from training.reproduction.questions.retry import Strategy, expected, gains, loops


def tried(*failed: bool) -> list[TrainingResult]:
    return [TrainingResult(seed, 0.0, 2.0, bad) for seed, bad in enumerate(failed)]


def test_a_loop_ends_with_a_success() -> None:
    assert loops(tried(False, True, True, False, False)) == [2, 6, 2]
    assert loops(tried(True, True)) == []


def test_the_time_to_a_success_follows_from_the_rate() -> None:
    assert expected(3, 0) == 3
    assert expected(3, 0.75) == 12
    assert expected(3, 1) == math.inf
    # Tries are geometrically distributed.
    draws = np.random.default_rng(0).geometric(0.25, 100_000)
    assert expected(3, 0.75) == pytest.approx(3 * draws.mean(), rel=0.02)


def test_a_strategy_without_success_is_endless() -> None:
    never = Strategy(500, Rate(10, 10), 1.0, [])
    assert (never.measured, never.predicted) == (math.inf, math.inf)
    assert never.range[0] == pytest.approx(1 / (1 - Rate(10, 10).interval[0]))


def test_a_larger_batch_gains_where_its_interval_is_below() -> None:
    compromise = Strategy(100, Rate(0, 100), 1.0, [1.0])
    assert gains([compromise, Strategy(200, Rate(0, 100), 0.5, [0.5])]) is True
    assert gains([compromise, Strategy(200, Rate(100, 100), 0.5, [])]) is False
    assert gains([compromise, Strategy(200, Rate(45, 100), 0.5, [1.0])]) is None
