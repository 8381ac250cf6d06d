import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import InvalidParameter
from training.targets.domain import Domain
from training.targets.expressions import CONSTANTS, FUNCTIONS, check, parse, warnings
from training.targets.named import Gaussian, ProbabilityDensity, Target, WaveFunction

X = np.array([-2.9, -1.7, -0.31, 0.0, 0.013, 0.77, 3.0])
HIGHEST_ORDER = 8


def refusal(text: str, domain: Domain | None = None) -> str | None:
    """What parse says, and check if there is a domain; None where they accept."""
    try:
        expression = parse(text)
        if domain:
            check(expression, domain, 2)
    except InvalidParameter as error:
        return str(error)
    return None


TOO_LARGE = [
    *("9**9**9**9", "10**10000", "exp(exp(exp(1000)))", "1e308*10*x", "1/0+x", "0**-1", "x**100000000", "x**(9**9**9)"),
    *("2" + "**2" * 99, "1" * 300 + "**" + "1" * 190, "(" * 150 + "x**9**9" + ")" * 150),
]


@pytest.mark.parametrize("text", TOO_LARGE)
def test_what_is_too_large_is_not_finite_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(InvalidParameter, match=r"^target: .* is not finite at x = "):
        check(parse(text), Domain(-5, 5), 2)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text", ["-" * 199 + "x", "sin(" * 90 + "x" + ")" * 90, "(" * 190 + "x" + ")" * 190, "x+" * 99 + "x"]
)
def test_the_deepest_allowed_trees_are_evaluated(text: str) -> None:
    assert np.isfinite(parse(text).derivative(X, HIGHEST_ORDER)).all()


TOKENS = [
    *(*FUNCTIONS, *CONSTANTS, *"xxx0123456789.+-*/^(),  "),
    *("**", "1e9", "9**9", "x)", "(x", "lambda", "if", "\n", "_"),
]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(TOKENS), max_size=30).map("".join))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    if message := refusal(text):
        assert message.startswith("target: ")
        assert len(message.splitlines()) == 1
    else:
        assert parse(text).derivative(X, 2).shape == X.shape
        assert parse(parse(text).name) == parse(text)


LEAVES = st.sampled_from(["x", "pi", "2", "0.5", "(x-1)"])
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds("{}({})".format, st.sampled_from(FUNCTIONS), inner)
        | st.builds("({}{}{})".format, inner, st.sampled_from(["+", "-", "*", "/", "**", "^"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(TREES)
def test_any_expression_is_sound_or_refused(text: str) -> None:
    if message := refusal(text, Domain(-2, 2)):
        assert re.match(r"target: .* (is not (finite|real)|seems to have a pole or a jump) at x = ", message)
    else:
        assert np.isfinite(parse(text).derivative(np.linspace(-2, 2, 1001), 2)).all()


UNSOUND = [
    ("1/x", "1/x is not finite at x = 0 (domain -5,5)"),
    ("1/(x-3)**2", "1/(x-3)**2 is not finite at x = 3 (domain -5,5)"),
    ("exp(x**4)**2", "exp(x**4)**2 is not finite at x = -5 (domain -5,5)"),
    ("log(x)", "log(x) is not real at x = -5 (domain -5,5)"),
    ("sqrt(x)", "sqrt(x) is not real at x = -5 (domain -5,5)"),
    ("sqrt(4-x)", "sqrt(4-x) is not real at x = 4.00025 (domain -5,5)"),
    ("x**(1/3)", "x**(1/3) is not real at x = -5 (domain -5,5)"),
    ("x**x", "x**x is not real at x = -5 (domain -5,5)"),
    ("acosh(x)", "acosh(x) is not real at x = -5 (domain -5,5)"),
    ("sqrt(x+5)", "the derivative of order 1 of sqrt(x+5) is not finite at x = -5 (domain -5,5)"),
    ("sqrt(x**3)", "sqrt(x**3) is not real at x = -5 (domain -5,5)"),
    ("(x+5)**1.5", "the derivative of order 2 of (x+5)**1.5 is not finite at x = -5 (domain -5,5)"),
    # between the points of any grid
    ("1/(x-0.123456)", "1/(x-0.123456) seems to have a pole or a jump at x = 0.123456 (domain -5,5)"),
    ("1/(x-0.123456)**2", "1/(x-0.123456)**2 seems to have a pole or a jump at x = 0.123456 (domain -5,5)"),
    ("1/(x-4.9999)", "1/(x-4.9999) seems to have a pole or a jump at x = 4.9999 (domain -5,5)"),
    ("1/(x**2-2)**2", "1/(x**2-2)**2 seems to have a pole or a jump at x = -1.41421 (domain -5,5)"),
    ("tan(x)", "tan(x) seems to have a pole or a jump at x = -4.71239 (domain -5,5)"),
    ("1/(cos(x)+1)", "1/(cos(x)+1) seems to have a pole or a jump at x = -3.14159 (domain -5,5)"),
    ("1e9*sin(x)+1/(x-pi)", "1e9*sin(x)+1/(x-pi) seems to have a pole or a jump at x = 3.14159 (domain -5,5)"),
    ("exp(3*x)+1/(x-pi)", "exp(3*x)+1/(x-pi) seems to have a pole or a jump at x = 3.14159 (domain -5,5)"),
    ("log((x-pi)**2)", "log((x-pi)**2) seems to have a pole or a jump at x = 3.14159 (domain -5,5)"),
    ("atan(1/(x-pi))", "atan(1/(x-pi)) seems to have a pole or a jump at x = 3.14159 (domain -5,5)"),
    ("x*log(x^2)", "x*log(x**2) is not finite at x = 0 (domain -5,5)"),
    ("gamma(x)", "gamma(x) is not finite at x = -5 (domain -5,5)"),
    ("gamma(t/4+0.7654321)", "gamma(t/4+0.7654321) seems to have a pole or a jump at t = -3.06173 (domain -5,5)"),
    ("1/|x|", "1/abs(x) is not finite at x = 0 (domain -5,5)"),
    ("x/|x|", "x/abs(x) is not finite at x = 0 (domain -5,5)"),
    ("log(|x-pi|)", "log(abs(x-pi)) seems to have a pole or a jump at x = 3.14159 (domain -5,5)"),
    ("sqrt(|x|)", "the derivative of order 1 of sqrt(abs(x)) is not finite at x = 0 (domain -5,5)"),
    ("sqrt(|x-pi|)", "the derivative of order 1 of sqrt(abs(x-pi)) seems to have a pole or a jump at x = 3.14159"),
    ("|x|+1/(x-0.123456)", "abs(x)+1/(x-0.123456) seems to have a pole or a jump at x = 0.123456 (domain -5,5)"),
    ("sin(1/x)*x", "sin(1/x)*x is not finite at x = 0 (domain -5,5)"),
    ("cbrt(x-0.1)", "cbrt(x-0.1) seems to have a pole or a jump at x = 0.1 (domain -5,5)"),
    ("sqrt(sqrt((x-pi)**4))", "the derivative of order 1 of sqrt(sqrt((x-pi)**4)) seems to have a pole or a jump"),
]


@pytest.mark.parametrize(("text", "message"), UNSOUND, ids=[text for text, _ in UNSOUND])
def test_the_first_place_that_is_not_sound_is_named(text: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=f"^{re.escape(f'target: {message}')}"):
        check(parse(text), Domain(-5, 5), 2)


def test_a_derivative_that_is_infinite_at_an_end_is_seen_beside_values_that_hide_it() -> None:
    """The root of x³ is that of zero to the second order, and beside 1e64 no rise near 0 shows."""
    with pytest.raises(InvalidParameter, match=r"^target: the derivative of order \d of .* is not finite at x = 0"):
        check(parse("sqrt(x**3)*exp(expm1(x))"), Domain(0, 5), 2)


SMOOTH = [
    *("sqrt(x**2+1)", "1/(1+25*x**2)", "sin(x)**2+cos(x)**2", "3", "0*x", "(x-1)**20", "erf(x)"),
    *("exp(100*x)", "1e-9*sin(x)", "sin(1e6*x)", "tanh(1e4*(x-0.12345))"),
]
REMOVABLE = [
    "sin(x)/x",
    "(x^2-2)/(x-√2)",
    "sin(3x)/sin(x)",
    "(1-cos(x))/x²",
    "log(x+6)/(x+5)",
    "sin(|x|)/|x|",
    "x/tanh(x)",
]
PIECEWISE = ["|x|", "sign(x-0.3)", "max(x, x^2, 1)", "|sin(7x)|", "heaviside(x)*x", "|x|^3", "min(sin(x), cos(x))"]
SOUND: list[tuple[Target, tuple[float, float]]] = [
    *((parse(text), (-5.0, 5.0)) for text in (*SMOOTH, *REMOVABLE, *PIECEWISE)),
    (parse("sinh(x)/cosh(x)"), (-1000, 1000)),
    (parse("log(1+exp(x))"), (-1000, 1000)),
    (parse("1/x"), (0.01, 5)),
    (parse("tan(x)"), (-1.5, 1.5)),
    (parse("x**2.5"), (0, 5)),
    (parse("log(x)"), (1e-3, 5)),
    (parse("x**2"), (1e6, 1e6 + 1)),
    (parse("sin(x)"), (0, 1e-6)),
    (parse("sin(x)"), (-1e-9, 1e-9)),
    (parse("exp(-x**2)"), (-1e5, 1e5)),
    (parse("x"), (-1e150, 1e150)),
    (Gaussian(), (-5, 5)),
    (Gaussian(0.123456, 1e-3), (-5, 5)),
    (WaveFunction(500), (-40, 40)),
    (ProbabilityDensity(50), (-15, 15)),
]


@pytest.mark.parametrize(("target", "domain"), SOUND, ids=[target.name for target, _ in SOUND])
def test_smooth_functions_are_accepted(target: Target, domain: Domain) -> None:
    check(target, domain, 2)


def test_only_the_orders_asked_for_count() -> None:
    check(parse("x**1.5"), Domain(0, 5), 1)
    with pytest.raises(InvalidParameter, match="derivative of order 2"):
        check(parse("x**1.5"), Domain(0, 5), 2)


KINKS = [
    ("|x|", ["abs(x) has a kink (its derivative jumps) at x = 0: "]),
    ("|t-pi|", ["abs(t-pi) has a kink (its derivative jumps) at t = 3.14159: "]),
    ("max(x, 0, 1)", ["max(x,0,1) has a kink (its derivative jumps) at x = 1: "]),
    ("√(x^2)", ["sqrt(x**2) has a kink (its derivative jumps) at x = 0: "]),
    ("(x^2)^0.5", ["(x**2)**0.5 has a kink (its derivative jumps) at x = 0: "]),
    ("x|x|", ["derivative 2 of x*abs(x) jumps at x = 0: "]),
    (
        "sign(x-0.3)+|x|",
        ["sign(x-0.3)+abs(x) jumps at x = 0.3: ", "sign(x-0.3)+abs(x) has a kink (its derivative jumps) at x = 0: "],
    ),
    (
        "|sin(π x)|",
        ["abs(sin(pi*x)) has a kink (its derivative jumps) at x = -4, -3, -2, -1, 0 and at 4 more places: "],
    ),
    *((text, []) for text in ("x^2", "cos(|x|)", "|x|^2", "|x^2+1|", "sinc(|x|)", "|x-6|", "max(x^2, -1)")),
]


@pytest.mark.parametrize(("text", "expected"), KINKS)
def test_kinks_are_warned_of(text: str, expected: list[str]) -> None:
    found = warnings(parse(text), Domain(-5.0, 5.0))
    assert found == [f"{warning}the derivatives are those on either side" for warning in expected]


def test_other_targets_have_no_kinks() -> None:
    assert warnings(Gaussian(), Domain(-5.0, 5.0)) == []


SILLY = [
    *("x**10**10", "gamma(" * 9 + "x" + ")" * 9, "exp(" * 90 + "x" + ")" * 90, "sin(" * 60 + "1/x" + ")" * 60),
    *("x^x^x^x^x^x^x^x", "1/sin(1e9 x)", "tan(exp(exp(x)))", "gamma(1e6x)"),
]


@pytest.mark.parametrize("text", SILLY)
def test_what_is_silly_is_refused_in_time(text: str) -> None:
    start = time.process_time()
    assert refusal(text, Domain(-5, 5))
    assert time.process_time() - start < 20
