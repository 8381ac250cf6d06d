"""Numbers in messages: in training and, where it prints the same, in serving."""

import numpy as np
import pytest

from serving.models import intervals as served
from training.parameters.digits import factor, interval, numerals


@pytest.mark.parametrize(
    ("domain", "written"),
    [
        ((-5.0, 5.0), "[-5, 5]"),
        ((1.6e9, 1.6e9 + 1), "[1600000000, 1600000001]"),
        ((1.6e9 + 0.25, 1.6e9 + 0.75), "[1600000000.25, 1600000000.75]"),
        ((0.0, 1e-9), "[0, 1e-09]"),
        ((1 / 3, 2 / 3), "[0.333333, 0.666667]"),
        ((1e9, 1e9), "[1e+09, 1e+09]"),
        ((-np.inf, np.inf), "[-inf, inf]"),
    ],
)
def test_an_interval_has_the_digits_that_it_needs(domain: tuple[float, float], written: str) -> None:
    assert interval(domain) == served.interval(*domain) == written


def test_the_ends_of_any_interval_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    for _ in range(1_000):
        low = float(rng.normal() * 10.0 ** rng.integers(-300, 300))
        high = float(np.nextafter(low, np.inf)) if rng.random() < 0.2 else low + abs(low) * 10.0 ** rng.integers(-12, 3)
        first, second = map(float, interval((low, high))[1:-1].split(", "))
        assert interval((low, high)) == served.interval(low, high)
        assert first < second
        assert max(abs(first - low), abs(second - high)) <= 1e-3 * (high - low) + np.spacing(abs(high))


def test_numbers_that_differ_are_written_differently() -> None:
    assert numerals([0.4, 0.6], digits=3) == ["0.4", "0.6"]
    assert numerals([0.12345, 0.12346], digits=3) == ["0.12345", "0.12346"]
    assert numerals([0.1, 0.1]) == ["0.1", "0.1"]


def test_how_many_times_is_a_number_that_means_something() -> None:
    assert [factor(ratio) for ratio in (13.4, 350.4, 35_443.0, 35443810815834.0, np.inf)] == [
        *("13", "350", "35,443", "more than a million", "more than a million"),
    ]
