import math

import numpy as np
import pytest

from training.evaluation.failure_rate import Rate
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.reproduction.answers import verdict
from training.reproduction.needs import FULL, setting
from training.reproduction.questions import QUESTIONS, near_zero
from training.reproduction.questions.failures import fails_at_random
from training.reproduction.questions.retry import Strategy, expected, gains, loops
from training.reproduction.questions.second_derivative import STUDIED, unusable
from training.reproduction.questions.times import has_jump, has_pattern
from training.reproduction.questions.width import is_faster, worst_tenths

SETTING = setting(4, 1, 10)


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


def test_a_verdict_is_of_all_claims() -> None:
    claims = [(True, True), (True, False), (False, False), (True, None), (False, None)]
    verdicts = ["holds", "holds in part", "contradicted", "not decided", "not decided"]
    assert [verdict(*each) for each in claims] == verdicts


def test_failures_at_random() -> None:
    rates = [Rate(12, 100), Rate(1, 6), Rate(0, 100), Rate(100, 100), Rate(0, 6), Rate(6, 6)]
    assert [fails_at_random(rate) for rate in rates] == [True, True, False, False, None, None]


def test_the_worst_tenth() -> None:
    narrow, wide = [float(n) for n in range(1, 91)], [100.0 + n for n in range(9)] + [math.nan]
    assert worst_tenths(narrow, wide) == (Rate(0, 90), Rate(10, 10))
    assert is_faster([1.0, 1.1], [2.0, 3.0]) is True
    assert is_faster([2.0, 3.0], [1.0, 1.1]) is False
    assert is_faster([1.0, 2.5], [2.0, 3.0]) is None


def test_times_take_enough_widths_runs_and_silence() -> None:
    assert has_jump(0.3, 152, 0.05, 14) is True
    assert has_jump(0.1, 152, 0.05, 14) is False
    assert has_jump(0.3, 120, 0.05, 14) is False
    assert has_jump(0.3, 152, 0.2, 14) is None
    assert has_jump(0.0, 156, 0.0, 3) is None
    assert has_pattern(0.1, 1e-5, 33) is True
    assert has_pattern(-0.1, 1e-5, 33) is False
    assert has_pattern(0.01, 0.5, 33) is False
    assert has_pattern(0.01, 0.5, 3) is None


def test_a_larger_batch_gains_where_its_interval_is_below() -> None:
    compromise = Strategy(100, Rate(0, 100), 1.0, [1.0])
    assert gains([compromise, Strategy(200, Rate(0, 100), 0.5, [0.5])]) is True
    assert gains([compromise, Strategy(200, Rate(100, 100), 0.5, [])]) is False
    assert gains([compromise, Strategy(200, Rate(45, 100), 0.5, [1.0])]) is None


def test_the_second_derivative_is_unusable_by_far_or_not_at_all() -> None:
    assert [unusable(errors) for errors in ([1.1, 1.2], [0.001, 0.002], [0.02, 1.0])] == [True, False, None]


def test_answers_about_failures_have_a_hundred_seeds_as_the_study_trained_and_standardised() -> None:
    for number in (1, 2, 4, 5, 6):
        rates = [need.setting for need in QUESTIONS[number].needs(FULL) if need.runs >= 100 and not need.repeats]
        assert {s.standardise for s in rates} == {True, False}, number


def test_claims_of_chance_have_twenty_seeds() -> None:
    for number, question in QUESTIONS.items():
        needs = question.needs(FULL)
        assert needs
        # That the study's own second derivative is unusable is not a matter of chance.
        by_chance = [need for need in needs if need.setting != STUDIED]
        assert all(need.runs >= 20 or need.repeats >= 3 for need in by_chance), number


def test_remedies_see_as_many_samples() -> None:
    _, dense, weighted, *_ = near_zero.remedies(FULL).values()
    for config in (dense, weighted):
        samples = sample(config)
        assert len(samples.x) == pytest.approx(10_001, abs=5)
        assert (samples.x[0], samples.x[-1]) == (-5, 5)
        inside = np.abs(samples.x) <= 1
        assert inside.sum() == pytest.approx(5_001, abs=3)
        np.testing.assert_allclose(samples.x, -samples.x[::-1], atol=1e-12)
    repeated = sample(weighted)
    _, counts = np.unique(repeated.x, return_counts=True)
    assert set(counts) == {1, 4}
