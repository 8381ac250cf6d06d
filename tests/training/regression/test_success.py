from math import inf, nan

from training.regression.success import is_failed


def test_a_fit_that_shows_in_a_picture_has_failed() -> None:
    # Flat at the mean, off by a tenth of the deviation, nearly exact; and one that diverged.
    assert [is_failed(mse, 2.0) for mse in (2.0, 0.021, 0.019, 1e-9, nan, inf)] == [
        True,
        True,
        False,
        False,
        True,
        True,
    ]
