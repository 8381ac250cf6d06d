"""Every function against mpmath's Taylor series, also far out, where float64 would overflow or cancel."""

from collections.abc import Callable, Iterator
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest

from training.taylor import elementary
from training.taylor.series import Series, divide

mpmath: Any = _mpmath  # it has no types

K = 5
FUNCTIONS: dict[str, tuple[Callable[[Series], Series], Any, list[float]]] = {
    "exp": (elementary.exp, mpmath.exp, [-3, 0, 2]),
    "expm1": (elementary.expm1, mpmath.expm1, [-3, 1e-9, 2]),
    "log": (elementary.log, mpmath.log, [1e-9, 1.0, 7]),
    "log1p": (elementary.log1p, mpmath.log1p, [-0.5, 1e-9, 7]),
    "softplus": (elementary.softplus, lambda t: mpmath.log1p(mpmath.exp(t)), [-40, 0, 40]),
    "sigmoid": (elementary.sigmoid, lambda t: 1 / (1 + mpmath.exp(-t)), [-40, 0, 40]),
    "logcosh": (elementary.logcosh, lambda t: mpmath.log(mpmath.cosh(t)), [-30, 1e-5, 2]),
    "sin": (lambda u: elementary.sin_cos(u)[0], mpmath.sin, [-3, 0, 100]),
    "cos": (lambda u: elementary.sin_cos(u)[1], mpmath.cos, [-3, 0, 100]),
    "tan": (elementary.tan, mpmath.tan, [-1.5, 0, 1]),
    "tanh": (elementary.tanh, mpmath.tanh, [-18, 0, 1]),
    "sinh": (lambda u: elementary.sinh_cosh(u)[0], mpmath.sinh, [-3, 0, 20]),
    "cosh": (lambda u: elementary.sinh_cosh(u)[1], mpmath.cosh, [-3, 0, 20]),
    "cot": (elementary.cot, mpmath.cot, [-1, 0.1, 2]),
    "coth": (elementary.coth, mpmath.coth, [-1, 0.1, 15]),
    "asin": (elementary.asin, mpmath.asin, [-0.9, 0, 0.99]),
    "acos": (elementary.acos, mpmath.acos, [-0.9, 0, 0.99]),
    "atan": (elementary.atan, mpmath.atan, [-9, 0, 1]),
    "asinh": (elementary.asinh, mpmath.asinh, [-9, 0, 1]),
    "acosh": (elementary.acosh, mpmath.acosh, [1.01, 2, 9]),
    "atanh": (elementary.atanh, mpmath.atanh, [-0.9, 0, 0.99]),
    "sinpi": (elementary.sin_pi, lambda t: mpmath.sin(mpmath.pi * t), [-1, 0.3, 7]),
    "cbrt": (elementary.cbrt, lambda t: mpmath.sign(t) * mpmath.cbrt(abs(t)), [-8, 0.1, 27]),
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """As those call it who know that a value may be none."""
    with np.errstate(all="ignore"):
        yield


def line(x: list[float]) -> Series:
    return Series(np.vstack([x, np.ones(len(x)), np.zeros((K - 1, len(x)))]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_coefficients_are_those_of_the_taylor_series(name: str) -> None:
    ours, theirs, places = FUNCTIONS[name]
    found = ours(line(places)).plain
    with mpmath.workdps(60):
        for i, place in enumerate(places):
            truth = np.array([float(c) for c in mpmath.taylor(theirs, mpmath.mpf(place), K)])
            np.testing.assert_allclose(found[:, i], truth, rtol=2e-11, atol=1e-14 * np.abs(truth).max())


def test_quotients_far_out_are_what_they_are() -> None:
    far = line([-1000.0, 800.0])
    y, z = elementary.sinh_cosh(far)
    np.testing.assert_allclose(divide(y, z).plain[0], [-1, 1])
    assert np.isposinf(z.plain[0]).all()
    np.testing.assert_allclose(elementary.log(elementary.exp(far)).plain[0], [-1000, 800], rtol=1e-15)
