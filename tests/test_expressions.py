import re
import time
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rounding import assert_close
from training.errors import InvalidParameter
from training.expressions import CONSTANTS, FUNCTIONS, check, parse
from training.targets import Gaussian, ProbabilityDensity, Target, WaveFunction

mpmath: Any = _mpmath  # it has no types
X = np.array([-2.9, -1.7, -0.31, 0.0, 0.013, 0.77, 3.0])
HIGHEST_ORDER = 8

# Where a function is real and smooth for all of X.
ARGUMENTS = {
    **dict.fromkeys(["tan", "asin", "acos", "atanh"], "x/4"),
    **dict.fromkeys(["log", "ln", "sqrt", "acosh"], "x+5"),
}
ACCEPTED = [
    *(f"{function}({ARGUMENTS.get(function, 'x')})" for function in FUNCTIONS),
    *("x", "-x", "+x", "3", "pi*x", "2*e", "E", "1e-3*x", "1_000", ".5*x", "0x10", "--x", "x+1", "1-x", "2*x", "x/3"),
    *("x**0", "x**3-2*x+1", "-x**2", "(x+4)**2.5", "(x+4)**-1.5", "(x**2+1)**(1/3)", "1/(x-4)", "1/(1+25*x**2)"),
    *("x^2", "2*x^2+1", "2^-x", "2**x**2/4", "(x**2+1)**x", "e**(-x^2/2)/sqrt(2*pi)", "sin(x)/(x+3.5)"),
    *("exp(-x**2)*cos(3*x)", "exp(sin(cos(exp(tanh(x)))))", "exp(-x**2)*tanh(x)*erf(x)/(1+x**2)"),
]


def oracle(text: str) -> list[list[float]]:
    """The derivatives at X (7, 9) in high precision, by mpmath's differences of what Python makes of the text."""
    names = {function: getattr(mpmath, function) for function in FUNCTIONS}
    names |= {"pi": mpmath.pi, "e": mpmath.e, "E": mpmath.e}
    code = compile(text.replace("^", "**"), "oracle", "eval")
    with mpmath.workdps(50):
        return [
            [float(d) for d in mpmath.diffs(lambda x: eval(code, names, {"x": x}), mpmath.mpf(x), HIGHEST_ORDER)]
            for x in X.tolist()
        ]


def refusal(text: str, domain: tuple[float, float] | None = None) -> str | None:
    """What parse says, and check if there is a domain; None where they accept."""
    try:
        expression = parse(text)
        if domain:
            check(expression, domain, 2)
    except InvalidParameter as error:
        return str(error)
    return None


@pytest.mark.parametrize("text", ACCEPTED)
def test_all_derivatives_are_exact(text: str) -> None:
    truth = np.array(oracle(text)).T
    expression = parse(text)
    for order, exact in enumerate(truth):
        derivative = expression.derivative(X, order)
        assert derivative.shape == X.shape
        assert derivative.dtype == np.float64
        # Where a derivative is zero, mpmath's differences leave something.
        assert_close(derivative, exact, roundings=50, magnitude=max(np.abs(exact).max(), 1e-16))


def test_the_gaussian_as_an_expression() -> None:
    expression = parse("exp(-x**2/2)/sqrt(2*pi)")
    x = np.linspace(-5, 5, 1001)
    for order in range(HIGHEST_ORDER + 1):
        truth = Gaussian().derivative(x, order)
        assert_close(expression.derivative(x, order), truth, roundings=50)


def test_near_a_removable_singularity() -> None:
    """The rule for the quotient cancels digits there: some at x = 0.5, all at x = 0, where check refuses it."""
    x = np.array([0.5, 1.0, 4.0])
    with mpmath.workdps(50):
        truth = np.array([[float(d) for d in mpmath.diffs(mpmath.sinc, mpmath.mpf(v), 4)] for v in x.tolist()]).T
    for order in range(5):
        # At 0.5 each order of the quotient divides what is lost by x once more.
        assert_close(parse("sin(x)/x").derivative(x, order), truth[order], 50 * 2**order * (order + 1), magnitude=1)


def test_derivatives_of_a_high_order_are_quick() -> None:
    # The formula of a derivative would grow exponentially with the order.
    text = "*".join(f"(2+sin({k}*x)*exp(-tanh(x)**{k}))" for k in range(1, 9))
    start = time.perf_counter()
    assert np.isfinite(parse(text).derivative(np.linspace(-3, 3, 1000), HIGHEST_ORDER)).all()
    assert time.perf_counter() - start < 3


def test_no_points() -> None:
    assert parse("x**2").derivative(np.array([]), 1).shape == (0,)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("exp(-x**2)*cos(3*x)", "exp(-x**2)*cos(3*x)"),
        (" exp( - x ** 2 )\t* cos(3 * x) ", "exp(-x**2)*cos(3*x)"),
        ("x^2", "x**2"),
        ("1e-3*x", "1e-3*x"),
    ],
)
def test_the_name_is_the_text_in_one_spelling(text: str, name: str) -> None:
    assert parse(text).name == name
    assert parse(name) == parse(text)


FOREIGN = [
    *(("'", "__import__('os')"), ('"', 'exec("1")'), (":", "(lambda: 1)()"), ("[", "[1][0]"), ("{", "{x}")),
    *(("=", "sin(x=x)"), (":", "(y:=x)"), ("<", "x<1"), ("%", "x%2"), ("~", "~x"), ("@", "x@x"), (";", "x;x")),
    *(("#", "x#x"), ("&", "x&1"), ("!", "x!=1"), ("\n", "x\n+1"), ("\r", "x\r"), ("\0", "x\0"), ("\\", "x\\")),
    # what Python or a reader takes for another character
    *(("ｘ", "ｘ"), ("х", "х"), ("ｓ", "ｓin(x)"), ("−", "1−x"), ("²", "x²"), ("٣", "٣*x")),  # noqa: RUF001
    *(("\f", "\fx"), ("\u00a0", "x\u00a0+1"), ("\ud800", "\ud800")),
]
NO_ARITHMETIC = [
    *("x.__class__", "(1).real", "1..real", "await x", "x if x else 1", "x and 1", "1or x", "not x", "x is x"),
    *("x in x", "x//2", "(x,x)", "()", "True", "None", "...", "1j", "sin(**x)", "sin(x)(x)", "(x if x else sin)(x)"),
]
WRONG_SYNTAX = [
    *("x+", "2x", "2 x", "(x", "x)", "x^^2", "0777", "import os", "x.", ",", "lambda x", "sin(*)"),
    *("(" * 240 + "x" + ")" * 240, "sin(" * 110),
]
TOO_MANY = {"x+" * 150 + "x": 301, "-" * 400 + "x": 401, "x" + "**x" * 150: 301}
REFUSED = [
    *((text, f"the character {character!r} is not allowed") for character, text in FOREIGN),
    *((text, f"{text!r} is not allowed") for text in NO_ARITHMETIC),
    *((text, "its syntax is wrong") for text in WRONG_SYNTAX),
    *((text, f"the name {text!r} is unknown") for text in ("y", "X", "inf", "nan", "gauss", "__builtins__")),
    *((f"{name}(x)", f"the function {name!r} is unknown") for name in ("eval", "__import__", "abs", "x", "pi", "Sin")),
    *((text, f"it has {parts} parts, at most 200 are allowed") for text, parts in TOO_MANY.items()),
    *((text, "it is empty") for text in ("", " \t ")),
    ("sin(x for x in x)", "'(x for x in x)' is not allowed"),
    ("(yield)", "'yield' is not allowed"),
    ("sin(*x)", "'*x' is not allowed"),
    ("sin", "the name 'sin' needs an argument in ( )"),
    ("sin()", "sin takes 1 argument, not 0"),
    ("sin(x, x)", "sin takes 1 argument, not 2"),
    ("1+x*(2-cos(z))", "the name 'z' is unknown"),
    ("1" * 400, f"the number {'1' * 400} is beyond float64"),
    ("x+1e999", "the number 1e999 is beyond float64"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[ascii(text)[:20] for text, _ in REFUSED])
def test_anything_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    message = re.escape(
        f"target: {text!r} is not an expression in x: {reason}; allowed are gaussian, psi_N, psi_N^2 and "
    )
    start = time.perf_counter()
    with pytest.raises(InvalidParameter, match=f"^{message}") as raised:
        parse(text)
    assert time.perf_counter() - start < 1
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["x+" * 250 + "x", "(" * 100_000, "-" * 1_000_000, "9**" * 10_000 + "9"])
def test_long_texts_are_refused_unread(text: str) -> None:
    reason = re.escape(f"… has {len(text)} characters; allowed is an expression in x of at most 500")
    with pytest.raises(InvalidParameter, match=f"^target: .{{1,30}}{reason}$"):
        parse(text)


TOO_LARGE = [
    *("9**9**9**9", "10**10000", "exp(exp(exp(1000)))", "1e308*10*x", "1/0+x", "0**-1", "x**100000000", "x**(9**9**9)"),
    *("2" + "**2" * 99, "1" * 300 + "**" + "1" * 190, "(" * 150 + "x**9**9" + ")" * 150),
]


@pytest.mark.parametrize("text", TOO_LARGE)
def test_what_is_too_large_is_not_finite_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(InvalidParameter, match=r"^target: .* is not finite at x = "):
        check(parse(text), (-5, 5), 2)
    assert time.perf_counter() - start < 1


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
    if message := refusal(text, (-2, 2)):
        assert re.match(r"target: .* (is not (finite|real)|seems to have a pole or a jump) at x = ", message)
    else:
        assert np.isfinite(parse(text).derivative(np.linspace(-2, 2, 1001), 2)).all()


UNSOUND = [
    ("1/x", "1/x is not finite at x = 0 (domain -5,5)"),
    ("sin(x)/x", "sin(x)/x is not finite at x = 0 (domain -5,5)"),
    ("1/(x-3)**2", "1/(x-3)**2 is not finite at x = 3 (domain -5,5)"),
    ("exp(x**4)**2", "exp(x**4)**2 is not finite at x = -5 (domain -5,5)"),
    ("log(x)", "log(x) is not real at x = -5 (domain -5,5)"),
    ("sqrt(x)", "sqrt(x) is not real at x = -5 (domain -5,5)"),
    ("sqrt(4-x)", "sqrt(4-x) is not real at x = 4.00025 (domain -5,5)"),
    ("x**(1/3)", "x**(1/3) is not real at x = -5 (domain -5,5)"),
    ("x**x", "x**x is not real at x = -5 (domain -5,5)"),
    ("acosh(x)", "acosh(x) is not real at x = -5 (domain -5,5)"),
    ("sqrt(x+5)", "the derivative of order 1 of sqrt(x+5) is not finite at x = -5 (domain -5,5)"),
    ("sqrt(x**2)", "the derivative of order 1 of sqrt(x**2) is not finite at x = 0 (domain -5,5)"),
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
    ("sqrt((x-pi)**2)", "the derivative of order 1 of sqrt((x-pi)**2) seems to have a pole or a jump at x = 3.14159"),
]


@pytest.mark.parametrize(("text", "message"), UNSOUND, ids=[text for text, _ in UNSOUND])
def test_the_first_place_that_is_not_sound_is_named(text: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=f"^{re.escape(f'target: {message}')}"):
        check(parse(text), (-5, 5), 2)


SMOOTH = [
    *("sqrt(x**2+1)", "1/(1+25*x**2)", "sin(x)**2+cos(x)**2", "3", "0*x", "(x-1)**20", "erf(x)"),
    *("exp(100*x)", "1e-9*sin(x)", "sin(1e6*x)", "tanh(1e4*(x-0.12345))"),
]
SOUND: list[tuple[Target, tuple[float, float]]] = [
    *((parse(text), (-5.0, 5.0)) for text in SMOOTH),
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
def test_smooth_functions_are_accepted(target: Target, domain: tuple[float, float]) -> None:
    check(target, domain, 2)


def test_only_the_orders_asked_for_count() -> None:
    check(parse("x**1.5"), (0, 5), 1)
    with pytest.raises(InvalidParameter, match="derivative of order 2"):
        check(parse("x**1.5"), (0, 5), 2)
