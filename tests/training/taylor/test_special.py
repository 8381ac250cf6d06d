"""Against mpmath's Taylor series."""

from collections.abc import Callable, Iterator
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest

from training.taylor.series import Series
from training.taylor.special import compose, erf, erfc, gamma

mpmath: Any = _mpmath  # it has no types

K = 4


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """As those call it who know that a value may be none."""
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize(
    ("ours", "theirs", "places"),
    [
        (erf, mpmath.erf, [-3.0, 0.0, 1.0]),
        (erfc, mpmath.erfc, [-3.0, 0.0, 5.0]),
        (gamma, mpmath.gamma, [-2.5, 0.3, 4.0, 30.0]),
    ],
)
def test_coefficients(ours: Callable[[Series], Series], theirs: Any, places: list[float]) -> None:
    found = ours(Series(np.vstack([places, np.ones(len(places)), np.zeros((K - 1, len(places)))]))).plain
    with mpmath.workdps(60):
        for i, place in enumerate(places):
            truth = np.array([float(c) for c in mpmath.taylor(theirs, mpmath.mpf(place), K)])
            np.testing.assert_allclose(found[:, i], truth, rtol=1e-10, atol=1e-300)


def test_a_composition_is_that_of_polynomials() -> None:
    inner = Series(np.array([[2.0], [3.0], [1.0]]))
    outer = [np.array([5.0]), np.array([7.0]), np.array([11.0])]
    # 5 + 7 (3 h + h²) + 11 (3 h)².
    np.testing.assert_array_equal(compose(outer, inner).c[:, 0], [5, 21, 7 + 99])


def test_a_tail_that_float64_hardly_has() -> None:
    far = Series(np.array([[24.0, 30.0], [1.0, 1.0]]))
    found = erfc(far)
    assert found.plain[0, 0] == pytest.approx(float(mpmath.erfc(24)), rel=1e-12)
    assert found.plain[0, 1] == 0.0
    assert found.c[0, 1] > 0
