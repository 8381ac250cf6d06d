import math

import pytest

from training.evaluation.failure_rate import Rate
from training.reproduction.statistics import (
    Spread,
    above,
    can_differ,
    closer,
    different,
    lower,
    more_often,
    number,
    percent,
    probability,
    said,
    told,
)


def test_a_spread_is_made_of_runs() -> None:
    spread = Spread.of(range(1, 11))
    assert (spread.low, spread.median, spread.high) == (1, 5, 9)
    assert spread.ratio == 9
    assert str(spread) == "5 (1 to 9)"


def test_a_run_that_diverged_is_the_worst() -> None:
    spread = Spread.of([1.0, math.nan, 2.0])
    assert (spread.low, spread.median, spread.high) == (1, 2, math.inf)
    assert str(spread) == "2 (1 to diverged)"


def test_the_probability_that_one_is_lower() -> None:
    wins, p = lower([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])
    assert wins == 1
    assert p == pytest.approx(2 / math.comb(10, 5))
    assert lower([1, 2, 3], [1, 2, 3])[0] == 0.5
    assert lower([2, 2], [1, 3])[0] == 0.5


def test_rates_that_differ() -> None:
    # Fisher's tea: 3 of 4 and 1 of 4.
    assert different(Rate(3, 4), Rate(1, 4)) == pytest.approx(34 / 70)
    assert different(Rate(0, 100), Rate(100, 100)) < 1e-50


def test_a_rate_is_above_a_level_where_its_interval_is() -> None:
    assert above(Rate(0, 100), 0.1) is False
    assert above(Rate(0, 6), 0.1) is None
    assert above(Rate(6, 6), 0.1) is True
    assert above(Rate(12, 100), 0.1) is None


def test_more_often_takes_a_difference_or_no_room_for_one() -> None:
    assert more_often(Rate(0, 100), Rate(12, 100)) is True
    assert more_often(Rate(12, 100), Rate(0, 100)) is False
    assert more_often(Rate(0, 100), Rate(0, 100)) is False
    assert more_often(Rate(0, 6), Rate(0, 6)) is None
    assert more_often(Rate(0, 6), Rate(2, 6)) is None


def test_closer_takes_more_than_a_few() -> None:
    few, many = [1.0, 2.0], [float(n) for n in range(20)]
    assert closer(few, [10.0, 11.0]) is None
    assert closer(many, [n + 20 for n in many]) is True
    assert closer([n + 20 for n in many], many) is False
    assert [can_differ(seeds) for seeds in (1, 2, 4, 5, 20)] == [False, False, False, True, True]
    for seeds in (4, 5):
        apart = lower(range(seeds), range(seeds, 2 * seeds))[1]
        assert can_differ(seeds, apart * 1.001)
        assert not can_differ(seeds, apart)


def test_what_is_said_of_a_decision() -> None:
    assert [said(decision, "a", "b", 6) for decision in (True, False, None)] == ["a", "b", "not decided by 6 seeds"]


def test_numbers_as_they_are_told() -> None:
    told_numbers = [number(value) for value in (1234.5, 12.34, 0.1234, 0.001234, 1e-10, 0.0, math.nan)]
    assert told_numbers == ["1,234", "12", "0.12", "1.2e-3", "1.0e-10", "0", "diverged"]
    assert [percent(part) for part in (0, 0.0123, 0.5, 1)] == ["0%", "1.2%", "50%", "100%"]
    assert [probability(p) for p in (0.2, 1e-9)] == ["p = 0.2", "p < 0.001"]
    assert told(Rate(0, 100)) == "0 of 100 (0% to 3.7%)"
