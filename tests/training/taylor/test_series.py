"""Against polynomials, and against what is beyond float64."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.polynomial import Polynomial

from training.taylor.series import (
    Series,
    add,
    constant,
    derivative,
    divide,
    integer_power,
    integral,
    multiply,
    real_power,
    scaled,
    shift,
    subtract,
    where,
)

K = 5
RNG = np.random.default_rng(0)
A, B = Series(RNG.normal(size=(K, 4))), Series(1 + RNG.uniform(size=(K, 4)))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """As those call it who know that a value may be none."""
    with np.errstate(all="ignore"):
        yield


def test_products_quotients_and_sums_are_those_of_polynomials() -> None:
    for i in range(4):
        a, b = Polynomial(A.c[:, i]), Polynomial(B.c[:, i])
        np.testing.assert_allclose(multiply(A, B).c[:, i], np.asarray((a * b).coef[:K], np.float64), atol=1e-13)
        np.testing.assert_allclose(add(A, B).c[:, i], np.asarray((a + b).coef, np.float64))
        np.testing.assert_allclose(subtract(A, B).c[:, i], np.asarray((a - b).coef, np.float64))
    np.testing.assert_allclose(multiply(divide(A, B), B).plain, A.c, atol=1e-11)


def test_derivative_and_integral_undo_each_other() -> None:
    line = Series(np.vstack([A.c[:1], np.ones((1, 4)), np.zeros((K - 2, 4))]))
    slope = Series(np.vstack([derivative(A.c), np.zeros((1, 4))]))
    np.testing.assert_allclose(integral(A.c[0], line, slope).c, A.c, atol=1e-14)


@pytest.mark.parametrize("power", [0, 1, 2, 7, -3])
def test_whole_powers_are_products(power: int) -> None:
    found, truth = integer_power(B, power), constant(1.0, B)
    for _ in range(abs(power)):
        truth = multiply(truth, B) if power > 0 else divide(truth, B)
    np.testing.assert_allclose(found.plain, truth.plain, rtol=1e-10)
    if power:
        np.testing.assert_allclose(real_power(B, float(power)).plain, truth.plain, rtol=1e-10)


def test_a_power_of_zero_has_derivatives_below_its_exponent_only() -> None:
    line = Series(np.array([[0.0], [1.0], [0.0], [0.0]]))
    found = real_power(line, 1.5).plain[:, 0]
    assert found[:2].tolist() == [0, 0]
    assert not np.isfinite(found[2:]).any()
    np.testing.assert_array_equal(integer_power(line, 2).plain[:, 0], [0, 0, 1, 0])


def test_what_is_beyond_float64_is_an_ordinary_number() -> None:
    huge = scaled(np.array([[1e300], [1e300]]))
    product = multiply(huge, huge)
    assert product.plain[0, 0] == np.inf
    np.testing.assert_allclose(divide(product, huge).plain, [[1e300], [1e300]])
    np.testing.assert_allclose(add(product, huge).c[0] / product.c[0], 1)
    assert shift(np.array([1.0]), np.array([-1e9]))[0] == 0


def test_a_choice_keeps_the_exponents() -> None:
    huge = scaled(np.full((2, 2), 1e300))
    found = where(np.array([True, False]), multiply(huge, huge), constant(2.0, huge))
    assert found.plain[0].tolist() == [np.inf, 2.0]
