"""Derivatives of expressions against arithmetic of high precision."""

import re
import time
from math import factorial
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from training.targets.expressions import FUNCTIONS, parse
from training.targets.named import Gaussian

mpmath: Any = _mpmath  # it has no types
X = np.array([-2.9, -1.7, -0.31, 0.0, 0.013, 0.77, 3.0])
HIGHEST_ORDER = 8

# Where a function is real and smooth for all of X.
ARGUMENTS = {
    **dict.fromkeys(["tan", "asin", "acos", "atanh", "sec"], "x/4"),
    **dict.fromkeys(
        ["log", "ln", "log10", "log2", "sqrt", "acosh", "gamma", "csc", "cot", "csch", "coth", "cbrt"], "x+5"
    ),
    "log1p": "x+4",
    "cot": "x/4+1.5",
    "csc": "x/4+1.5",
}
SMOOTH = (
    *FUNCTIONS,
    *("log10", "log2", "log1p", "expm1", "cbrt", "erfc", "gamma", "sinc", "sigmoid"),
    *("sec", "csc", "cot", "sech", "csch", "coth"),
)
ACCEPTED = [
    *(f"{function}({ARGUMENTS.get(function, 'x')})" for function in SMOOTH),
    *("x", "-x", "+x", "3", "pi*x", "2*e", "E", "1e-3*x", "1_000", ".5*x", "--x", "x+1", "1-x", "2*x", "x/3"),
    *("x**0", "x**3-2*x+1", "-x**2", "(x+4)**2.5", "(x+4)**-1.5", "(x**2+1)**(1/3)", "1/(x-4)", "1/(1+25*x**2)"),
    *("x^2", "2*x^2+1", "2^-x", "2**x**2/4", "(x**2+1)**x", "e**(-x^2/2)/sqrt(2*pi)", "sin(x)/(x+3.5)"),
    *("exp(-x**2)*cos(3*x)", "exp(sin(cos(exp(tanh(x)))))", "exp(-x**2)*tanh(x)*erf(x)/(1+x**2)", "gamma(x/8-0.5)"),
]
NAMES = {
    **{name: getattr(mpmath, name) for name in SMOOTH if name not in ("log2", "sinc", "sigmoid", "cbrt")},
    "log2": lambda u: mpmath.log(u) / mpmath.log(2),
    "sinc": lambda u: mpmath.sinpi(u) / (mpmath.pi * u) if u else mpmath.mpf(1),
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "cbrt": lambda u: mpmath.sign(u) * mpmath.cbrt(abs(u)),
    "pi": mpmath.pi,
    "e": mpmath.e,
    "E": mpmath.e,
    "mpf": mpmath.mpf,
    "abs": abs,
    "max": max,
    "min": min,
}


def derivatives(text: str, x: float, highest: int, digits: int = 50) -> list[Any]:
    """By mpmath's differences of what Python makes of the text."""
    exact = re.sub(r"(?<![\w.-])(\d+)(?![\d._eE])", r"mpf(\1)", text.replace("^", "**"))
    code = compile(exact, "oracle", "eval")
    with mpmath.workdps(digits):
        return list(mpmath.diffs(lambda v: mpmath.mpf(eval(code, NAMES, {"x": v})), mpmath.mpf(x), highest))


@pytest.mark.parametrize("text", ACCEPTED)
def test_all_derivatives_are_exact(text: str) -> None:
    truth = np.array([[float(d) for d in derivatives(text, x, HIGHEST_ORDER)] for x in X.tolist()]).T
    expression = parse(text)
    for order, exact in enumerate(truth):
        derivative = expression.derivative(X, order)
        assert derivative.shape == X.shape
        assert derivative.dtype == np.float64
        np.testing.assert_allclose(derivative, exact, rtol=0, atol=1e-13 * np.abs(exact).max() + 1e-30)


def test_the_gaussian_as_an_expression() -> None:
    expression = parse("exp(-x**2/2)/sqrt(2*pi)")
    x = np.linspace(-5, 5, 1001)
    for order in range(HIGHEST_ORDER + 1):
        truth = Gaussian().derivative(x, order)
        np.testing.assert_allclose(expression.derivative(x, order), truth, rtol=0, atol=1e-14 * np.abs(truth).max())


REMOVABLE = {
    "sin(x)/x": 0.0,
    "(1-cos(x))/x**2": 0.0,
    "x/(exp(x)-1)": 0.0,
    "(exp(x)-1)/x": 0.0,
    "sinc(x)": 0.0,
    "tanh(x)/x": 0.0,
    "log(1+x)/x": 0.0,
    "(x-sin(x))/x**3": 0.0,
    "x/sin(x)": 0.0,
    "(cosh(x)-1-x^2/2)/x^4": 0.0,
    "(x**2-1)/(x-1)": 1.0,
    "log(x)/(x-1)": 1.0,
    "sin(pi*x)/(x-3)": 3.0,
    "1/x-1/sin(x)": 0.0,
    "asin(x)/x": 0.0,
    "(exp(x)-exp(2))/(x-2)": 2.0,
    "(sqrt(x)-2)/(x-4)": 4.0,
    "sin(1000*x)/x": 0.0,
    "erf(x)/x": 0.0,
}


@pytest.mark.parametrize(("text", "place"), REMOVABLE.items())
def test_removable_singularities(text: str, place: float) -> None:
    """At the place, and at random distances from the smallest to the largest."""
    rng = np.random.default_rng(0)
    distances = 10 ** rng.uniform(-14, -0.5, 8) * rng.choice([-1, 1], 8)
    x = np.array([place, *(place + distances)])
    found = parse(text).derivatives(x, 4)
    # The differences cancel digits, each order those of its distance again.
    near = [derivatives(text, v, 4, 200) for v in x[1:].tolist()]
    at_place = derivatives(text, place + 2.0**-200 * (1 + abs(place)) if place == 0 else np.nextafter(place, 9), 4, 700)
    truth = np.array([[float(d) for d in row] for row in (at_place, *near)]).T
    for order in range(5):
        atol = 3e-14 * np.abs(truth[order]).max() + 1e-30
        np.testing.assert_allclose(found[order], truth[order], rtol=0, atol=atol)


FAR_OUT = [
    *("sinh(x)/cosh(x)", "exp(x)/(1+exp(x))", "1/(1+exp(-x))", "log(1+exp(x))", "log(cosh(x))", "tanh(x)", "1/cosh(x)"),
    *(
        "exp(-x**2)",
        "exp(-x**2)*cosh(x)",
        "exp(-x)*cosh(x)",
        "sqrt(1+exp(x))",
        "asinh(exp(x))",
        "cosh(x)**0.5/cosh(x/2)",
    ),
    *(
        "(exp(x)-exp(-x))/(exp(x)+exp(-x))",
        "2/(1+exp(-2*x))-1",
        "coth(x+0.1)",
        "sech(x)",
        "atan(exp(x))",
        "x/sinh(x+0.1)",
    ),
    *("exp(x)*exp(-x)*sin(x/100)", "log(exp(x)+exp(2*x))", "erfc(x)", "exp(x^2/1000)*erfc(x/30)", "sigmoid(x)"),
]


@pytest.mark.parametrize("text", FAR_OUT)
def test_far_out(text: str) -> None:
    """No overflow on the way to a result that has none, and no cancellation: 1000 digits are enough for mpmath."""
    x = np.array([-1000.0, -40, 0.5, 711, 1000])
    found = parse(text).derivatives(x, 3)
    digits = 100 if "erfc" in text else 1100  # these do not cancel, and would take mpmath half a minute
    truth = np.array([[float(d) for d in derivatives(text, v, 3, digits)] for v in x.tolist()]).T
    for order in range(4):
        finite = np.isfinite(truth[order])  # exp(1000) is beyond float64
        largest = np.abs(truth[order][finite]).max()
        np.testing.assert_allclose(found[order][finite], truth[order][finite], rtol=2e-12, atol=1e-15 * largest)


LEAVES = st.sampled_from(["x", "x", "x", "pi", "2", "0.5", "(x-1)", "3", "(x+2)", "e"])
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds("{}({})".format, st.sampled_from([*SMOOTH, "abs"]), inner)
        | st.builds("({}{}{})".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner)
        | st.builds("({})**{}".format, inner, st.sampled_from(["2", "3", "(-1)", "0.5", "(1/3)", "x"]))
        | st.builds("{}({},{})".format, st.sampled_from(["max", "min"]), inner, inner)
    ),
    max_leaves=5,
)
PLACES = st.sampled_from([0.0, 1.0, -2.0, 1e-3, 1 + 1e-7, -1e-9]) | st.floats(-3, 3)


def scale(truth: list[float], order: int) -> float:
    """The size of a derivative around a point: where it is zero, its slope times the length over which it is a line."""
    g = [abs(truth[order + j]) / factorial(j) for j in range(4)]
    lengths = [[(g[i] / g[j]) ** (1 / (j - i)) if g[j] else np.inf for i in (0, 1)] for j in (2, 3)]
    length = min(max(pair) for pair in lengths)
    return max(g[0], g[1] * min(length, 1.0))


@seed(1)
@settings(max_examples=100, deadline=None, database=None)
@given(TREES, st.lists(PLACES, min_size=2, max_size=2))
def test_any_expression_is_exact(text: str, places: list[float]) -> None:
    """Wherever two precisions of the oracle agree, all derivatives are right to a few units of rounding."""
    found = parse(text).derivatives(np.array(places), 4)
    for place, column in zip(places, found.T, strict=True):
        truth = known(text, place)
        if truth is None:
            continue
        for order in range(5):
            size = scale(truth, order)
            assert abs(column[order] - truth[order]) <= 2e-13 * size + 1e-290, (place, order)


def known(text: str, place: float) -> list[float] | None:
    """The derivatives, if there are any that float64 has and that the oracle is sure of."""
    if len(re.findall(r"gamma|sinh|cosh|exp|csch|sech|erf|coth|\*\*x", text)) > 1:
        return None  # exp(exp(…)) takes the oracle minutes
    try:
        first, second = (derivatives(text, place, 7, digits) for digits in (150, 220))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.libhyper.NoConvergence):
        return None
    if not all(abs(a - b) <= 1e-15 * abs(b) for a, b in zip(first, second, strict=True)):
        return None
    values = [float(d) for d in second]
    return values if np.isfinite(values).all() else None


def test_derivatives_of_a_high_order_are_quick() -> None:
    # The formula of a derivative would grow exponentially with the order.
    text = "*".join(f"(2+sin({k}*x)*exp(-tanh(x)**{k}))" for k in range(1, 9))
    start = time.process_time()
    assert np.isfinite(parse(text).derivative(np.linspace(-3, 3, 1000), HIGHEST_ORDER)).all()
    assert time.process_time() - start < 3


def test_no_points() -> None:
    assert parse("x**2").derivative(np.array([]), 1).shape == (0,)


def test_the_derivatives_are_those_between_the_kinks() -> None:
    x = np.array([-1.5, -1e-9, 1e-9, 2.0])
    np.testing.assert_array_equal(parse("abs(x)").derivatives(x, 2), [np.abs(x), np.sign(x), 0 * x])
    np.testing.assert_array_equal(parse("max(x, 0, x^2-2)").derivatives(x, 1), [[0.25, 0, 1e-9, 2], [-3, 0, 1, 4]])
    np.testing.assert_array_equal(parse("sign(x)+heaviside(x)").derivatives(x, 1), [[-1, -1, 2, 2], 0 * x])
