import math

import pytest

from training.failure import Rate
from training.reporting.statistics import Spread, different, lower, number, percent, probability, told


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


def test_numbers_as_they_are_told() -> None:
    told_numbers = [number(value) for value in (1234.5, 12.34, 0.1234, 0.001234, 1e-10, 0.0, math.nan)]
    assert told_numbers == ["1,234", "12", "0.12", "1.2e-3", "1.0e-10", "0", "diverged"]
    assert [percent(part) for part in (0, 0.0123, 0.5, 1)] == ["0%", "1.2%", "50%", "100%"]
    assert [probability(p) for p in (0.2, 1e-9)] == ["p = 0.2", "p < 0.001"]
    assert told(Rate(0, 100)) == "0 of 100 (0% to 3.7%)"
