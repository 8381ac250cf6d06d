import numpy as np

from serving.models.intervals import interval


def test_the_ends_are_told_apart_in_as_few_digits_as_that_takes() -> None:
    assert interval(-5, 5) == "[-5, 5]"
    assert interval(1.6e9 + 0.25, 1.6e9 + 0.75) == "[1600000000.25, 1600000000.75]"
    assert interval(-np.inf, np.inf) == "[-inf, inf]"
    low, high = interval(1.0, float(np.nextafter(1, 2))).strip("[]").split(", ")
    assert float(low) < float(high)
