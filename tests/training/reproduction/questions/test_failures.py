from training.evaluation.failure_rate import Rate
from training.reproduction.questions.failures import fails_at_random


def test_failures_at_random() -> None:
    rates = [Rate(12, 100), Rate(1, 6), Rate(0, 100), Rate(100, 100), Rate(0, 6), Rate(6, 6)]
    assert [fails_at_random(rate) for rate in rates] == [True, True, False, False, None, None]
