import math
from pathlib import Path

import numpy as np
import pytest

from training.failure import Rate
from training.group import Outcome
from training.reporting.needs import FULL, setting
from training.reporting.questions import QUESTIONS, near_zero
from training.reporting.questions.retry import Strategy, expected, loops
from training.reporting.questions.second_derivative import STUDIED
from training.samples import sample

SETTING = setting(4, 1, 10)


def tried(*failed: bool) -> list[Outcome]:
    return [Outcome(SETTING, seed, 0.0, 2.0, bad) for seed, bad in enumerate(failed)]


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


def test_claims_of_chance_have_twenty_seeds() -> None:
    for number, question in QUESTIONS.items():
        needs = question.needs(FULL)
        assert needs
        # That the study's own second derivative is unusable is not a matter of chance.
        by_chance = [need for need in needs if need.setting != STUDIED]
        assert all(need.runs >= 20 or need.repeats >= 3 for need in by_chance), number


def test_remedies_see_as_many_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    _, dense, weighted, *_ = near_zero.remedies(FULL).values()
    for config in (dense, weighted):
        _, samples = sample(config)
        assert len(samples.x) == pytest.approx(10_001, abs=5)
        assert (samples.x[0], samples.x[-1]) == (-5, 5)
        inside = np.abs(samples.x) <= 1
        assert inside.sum() == pytest.approx(5_001, abs=3)
        np.testing.assert_allclose(samples.x, -samples.x[::-1], atol=1e-12)
    _, repeated = sample(weighted)
    _, counts = np.unique(repeated.x, return_counts=True)
    assert set(counts) == {1, 4}
