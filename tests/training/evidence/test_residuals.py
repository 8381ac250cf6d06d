import numpy as np
import pytest

from training.evidence.residuals import correlation_time, outliers

WHITE = np.random.default_rng(0).normal(size=5_000)


@pytest.mark.parametrize("part", [0.5, 0.9])
def test_the_correlation_time_of_an_autoregression(part: float) -> None:
    found = np.zeros_like(WHITE)
    for i in range(1, len(WHITE)):
        found[i] = part * found[i - 1] + WHITE[i]
    assert correlation_time(found) == pytest.approx((1 + part) / (1 - part), rel=0.25)


def test_what_is_independent_or_short_has_none() -> None:
    assert correlation_time(WHITE) == 1
    assert correlation_time(np.arange(9.0)) == 1
    assert correlation_time(np.zeros(50)) == 1


def test_outliers_are_far_from_what_half_of_them_show() -> None:
    assert not outliers(WHITE).any()
    spoilt = WHITE.copy()
    spoilt[[3, 70]] += [30, -40]
    assert np.flatnonzero(outliers(spoilt)).tolist() == [3, 70]
    assert not outliers(np.zeros(5)).any()
