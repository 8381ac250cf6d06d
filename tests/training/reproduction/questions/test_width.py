import math

from training.evaluation.failure_rate import Rate
from training.reproduction.questions.width import is_faster, worst_tenths


def test_the_worst_tenth() -> None:
    narrow, wide = [float(n) for n in range(1, 91)], [100.0 + n for n in range(9)] + [math.nan]
    assert worst_tenths(narrow, wide) == (Rate(0, 90), Rate(10, 10))
    assert is_faster([1.0, 1.1], [2.0, 3.0]) is True
    assert is_faster([2.0, 3.0], [1.0, 1.1]) is False
    assert is_faster([1.0, 2.5], [2.0, 3.0]) is None
