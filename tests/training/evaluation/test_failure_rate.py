import pytest

from training.evaluation.failure_rate import Rate


@pytest.mark.parametrize(
    ("failed", "trainings", "low", "high"),
    # R. G. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilson_s(failed: int, trainings: int, low: float, high: float) -> None:
    rate = Rate(failed, trainings)
    assert rate.value == failed / trainings
    assert rate.interval == pytest.approx((low, high), abs=5e-5)


def test_a_rate_counts() -> None:
    assert Rate.of([True, False, False, True]) == Rate(2, 4)
