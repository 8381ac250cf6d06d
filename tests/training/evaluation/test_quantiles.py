import math

import numpy as np

from training.evaluation.quantiles import quantiles


def test_eight_of_ten_lie_between_two_of_the_numbers() -> None:
    values = np.random.default_rng(0).permutation(np.arange(1.0, 21.0))
    assert quantiles(values) == (2, 10, 18)
    assert quantiles([3.0]) == (3, 3, 3)


def test_what_is_not_finite_is_the_largest() -> None:
    assert quantiles([1.0, math.nan, 2.0, 3.0]) == (1, 2, math.inf)
    assert quantiles([-math.inf, 1.0]) == (1, 1, math.inf)
