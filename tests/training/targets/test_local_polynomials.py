"""Polynomials where float64 loses its digits, against mpmath."""

from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest

from training.targets.local_polynomials import NotRealError, Polynomial, UndefinedError, value
from training.targets.parser import parse_in

mpmath: Any = _mpmath  # it has no types


def test_derivatives_of_a_polynomial() -> None:
    polynomial = Polynomial(1.0, 2.0, np.array([1.0, 2.0, 3.0]))
    x = np.array([0.5, 1.0, 1.5])
    t = (x - 1) / 2
    found = polynomial.derivatives(x, 3)
    truth = np.stack([1 + 2 * t + 3 * t**2, (2 + 6 * t) / 2, np.full(3, 6 / 4), np.zeros(3)])
    np.testing.assert_allclose(found, truth, atol=1e-15)


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.3])
def test_a_removable_place_has_the_value_of_its_limit(x: float) -> None:
    truth = 1.0 if x == 0 else float(mpmath.sin(x) / x)
    assert float(value(parse_in("sin(x)/x", ["x"]), x or 1e-30)) == pytest.approx(truth, rel=1e-15)


def test_what_has_no_real_value_says_so() -> None:
    with pytest.raises(NotRealError):
        value(parse_in("sqrt(x)", ["x"]), -1.0)
    with pytest.raises(UndefinedError):
        value(parse_in("1/x", ["x"]), 0.0)
