import numpy as np
import pytest

from training.targets.names import FUNCTIONS as NAMED
from training.targets.names import KNOWN, MORE_FUNCTIONS
from training.taylor.functions import FUNCTIONS, apply, power
from training.taylor.series import Series

X = Series(np.array([[0.5, 2.0], [1.0, 1.0], [0.0, 0.0]]))


def test_every_name_has_its_function() -> None:
    # sinc is a quotient in the tree, and a call of pow a power.
    assert {KNOWN[name] for name in (*NAMED, *MORE_FUNCTIONS)} - FUNCTIONS.keys() == {"sinc"}


def test_reciprocals_logarithms_and_choices() -> None:
    for name, truth in {"sec": 1 / np.cos(X.c[0]), "csch": 1 / np.sinh(X.c[0]), "log2": np.log2(X.c[0])}.items():
        np.testing.assert_allclose(apply(name, X).plain[0], truth)
    np.testing.assert_allclose(apply("log10", X).plain[1], 1 / (X.c[0] * np.log(10)))
    three = apply("max", X, apply("neg", X), apply("*", X, X))
    np.testing.assert_array_equal(three.plain[0], [0.5, 4.0])
    np.testing.assert_allclose(apply("psi_0", X).plain[0], np.pi**-0.25 * np.exp(-(X.c[0] ** 2) / 2))


@pytest.mark.parametrize("exponent", [3.0, -2.0, 0.5, 65.0])
def test_powers(exponent: float) -> None:
    found, x = power(X, exponent).plain, X.c[0]
    slopes = [x**exponent, exponent * x ** (exponent - 1), exponent * (exponent - 1) * x ** (exponent - 2) / 2]
    np.testing.assert_allclose(found, slopes, rtol=1e-12)


def test_a_power_that_is_no_number_is_none() -> None:
    assert np.isnan(power(X, np.inf).plain[0]).all()
