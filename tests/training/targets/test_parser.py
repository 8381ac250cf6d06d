import re
import time

import pytest

from training.errors import InvalidParameter
from training.targets.expressions import parse

SPELLINGS = {
    "2x": "2*x",
    "2(x+1)": "2*(x+1)",
    "(x+1)(x-1)": "(x+1)*(x-1)",
    "x(x+1)": "x*(x+1)",
    "2 sin(x)": "2*sin(x)",
    "sin(x)cos(x)": "sin(x)*cos(x)",
    "x^2 sin(x)": "x**2*sin(x)",
    "2πx": "2*pi*x",
    "x²": "x**2",
    "-x²": "-x**2",
    "(x+1)⁻¹": "(x+1)**-1",
    "sin²(x)+cos^2(x)": "sin(x)**2+cos(x)**2",
    "√x": "sqrt(x)",
    "√(2π)": "sqrt(2*pi)",
    "2|x|": "2*abs(x)",
    "|x-|x||": "abs(x-abs(x))",
    "|(2|x|)|": "abs(2*abs(x))",
    "e^-x": "e**-x",
    "x·x×2−1÷x": "x*x*2-1/x",  # noqa: RUF001
    "exp(−x²/2)/√(2π)": "exp(-x**2/2)/sqrt(2*pi)",
    "ln(x)": "log(x)",
    "log(x, 2)": "log(x)/log(2)",
    "pow(x, 3)": "x**3",
    "arctan(x)+arcsinh(x)": "atan(x)+asinh(x)",
    "np.sin(x)+numpy.maximum(x, 0)": "sin(x)+max(x,0)",
    "math.pi*scipy.special.erf(x)": "pi*erf(x)",
    "2e-x": "2*e-x",
    "2e3x": "2e3*x",
    " exp( - x ** 2 )\t* cos(3 * x) ": "exp(-x**2)*cos(3*x)",
    "x-(1-x)-x": "x-(1-x)-x",
    "((x))": "x",
    "2**x**2": "2**x**2",
    "(2**x)**2": "(2**x)**2",
    "x--1": "x--1",
    "1e-3*x": "1e-3*x",
    "sin(θ)": "sin(θ)",
}


@pytest.mark.parametrize(("text", "name"), SPELLINGS.items())
def test_the_name_is_the_text_in_one_spelling(text: str, name: str) -> None:
    assert parse(text).name == name
    assert parse(name) == parse(text)


@pytest.mark.parametrize("variable", ["t", "r", "X", "θ", "theta", "omega", "time", "x_1", "λ"])
def test_another_variable(variable: str) -> None:
    assert parse(f"2sin({variable})+{variable}^2").variable == variable
    assert parse("3").variable == "x"


FOREIGN = [
    *(("'", "__import__('os')"), ('"', 'exec("1")'), (":", "(lambda: 1)()"), ("[", "[1][0]"), ("{", "{x}")),
    *(("=", "sin(x=x)"), (":", "(y:=x)"), ("<", "x<1"), ("%", "x%2"), ("~", "~x"), ("@", "x@x"), (";", "x;x")),
    *(("#", "x#x"), ("&", "x&1"), ("!", "x!=1"), ("\n", "x\n+1"), ("\r", "x\r"), ("\0", "x\0"), ("\\", "x\\")),
    # what Python or a reader takes for another character
    *(("ｘ", "ｘ"), ("х", "х"), ("ｓ", "ｓin(x)"), ("٣", "٣*x"), ("\f", "\fx"), ("\ud800", "\ud800")),  # noqa: RUF001
    *((".", "x.__class__"), (".", "(1).real"), (".", "1..real"), (".", "..."), (".", "os.system(x)")),
]
KEYWORDS = [
    "await x",
    "x if x else 1",
    "x and 1",
    "1or x",
    "not x",
    "x is x",
    "x in x",
    "lambda x",
    "import os",
    "None",
]
WRONG_SYNTAX = {
    "x+": "an operand is missing at its end; ",
    "(x": "( is not closed; ",
    "sin(x": "( is not closed; ",
    "|x": "| is not closed; ",
    "x)": ") is not opened; ",
    "x^^2": "an operand is missing before '**'; ",
    "x//2": "an operand is missing before '/'; ",
    "()": "an operand is missing before ')'; ",
    ",": "an operand is missing before ','; ",
    "(x,x)": "a comma stands between arguments alone; ",
    "0777": "0777 begins with 0; ",
}
REFUSED = [
    *((text, f"the character {character!r} is not allowed; ") for character, text in FOREIGN),
    *((text, "'") for text in KEYWORDS),
    *((text, f"its syntax is wrong: {reason}") for text, reason in WRONG_SYNTAX.items()),
    *((text, f"the name {text!r} is unknown; ") for text in ("inf", "nan", "gauss", "__builtins__", "i", "psi_x")),
    *((f"{name}(x)", f"the function {name!r} is unknown; ") for name in ("eval", "__import__", "floor", "Sin", "open")),
    *((text, "it is empty; ") for text in ("", " \t ")),
    *((text, "it is nested more than 200 deep; ") for text in ("(" * 240 + "x" + ")" * 240, "-" * 400 + "x")),
    ("x+" * 150 + "x", "it has 301 parts, at most 200 are allowed; "),
    ("sin()", "sin takes 1 argument, not 0; "),
    ("sin(x, x)", "sin takes 1 argument, not 2; "),
    ("max(x)", "max takes 2 arguments or more, not 1; "),
    ("1" * 400, f"the number {'1' * 400} is beyond float64; "),
    ("x+1e999", "the number 1e999 is beyond float64; "),
    ("sin(x for x in x)", "'for' is not allowed; "),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[ascii(text)[:20] for text, _ in REFUSED])
def test_anything_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    start = time.process_time()
    with pytest.raises(InvalidParameter) as raised:
        parse(text)
    assert time.process_time() - start < 1
    message = str(raised.value)
    assert message.startswith(f"target: {text!r} is not an expression in x: {reason}")
    assert "; allowed are gaussian, psi_N, psi_N^2 and " in message
    assert len(message.splitlines()) == 1


MEANT = {
    "sine(x)": ("column 1, 'sine'", "sin"),
    "2*x + cosine(x)": ("column 7, 'cosine'", "cos"),
    "tangent(x)": ("column 1, 'tangent'", "tan"),
    "Sin(x)": ("column 1, 'Sin'", "sin"),
    "sin x": ("column 1, 'sin'", "sin(x)"),
    "sn(x)": ("column 1, 'sn'", "sin"),
    "log_2(x)": ("column 1, 'log_2'", "log2"),
    "sinx": ("column 1, 'sinx'", "sin(x)"),
    "2pix": ("column 2, 'pix'", "pi*x"),
    "xy": ("column 1, 'xy'", "x*y"),
    "x2": ("column 1, 'x2'", "x*2 or x**2"),
    "x 2": ("column 3, '2'", "x*2 or x**2"),
    "1/2x": ("column 4, 'x'", "/(2*x) or /2*x"),
    "e^2x": ("column 4, 'x'", "^(2*x) or ^2*x"),
    "√2x": ("column 3, 'x'", "√(2x) or √(2)x"),
    "sin^-1(x)": ("column 4, '^'", "sin(x)**n, or asin(x) for the inverse function"),
    "y = x^2": ("column 3, '='", "x^2 alone"),
    "x=3": ("column 2, '='", "3 alone"),
    "x+y": ("column 3, 'y'", "a number for y"),
    "a*t": ("column 3, 't'", "a number for t"),
    "0,5*x": ("column 2, ','", "0.5"),
    "x!": ("column 2, '!'", "gamma(x+1) for x!"),
    "[x+1]^2": ("column 1, '['", "( ) for grouping"),
    "2*x)": ("column 4, ')'", ""),
    "2*(x+1": ("column 3, '('", "a )"),
    "1e400": ("column 1, '1e400'", "a number below 1.8e308"),
    "lg(x)": ("column 1, 'lg'", "log10 or log2"),
    "lambda": ("column 1, 'lambda'", "t or λ as the variable"),
    "sin(x+)": ("column 7, ')'", ""),
}


@pytest.mark.parametrize(("text", "place", "hint"), [(text, *meant) for text, meant in MEANT.items()])
def test_a_refusal_points_at_the_place_and_suggests_what_was_meant(text: str, place: str, hint: str) -> None:
    end = f"; at {place}" + (f": did you mean {hint}?" if hint else "")
    with pytest.raises(InvalidParameter, match=re.escape(end) + "$"):
        parse(text)


@pytest.mark.parametrize("text", ["x+" * 250 + "x", "(" * 100_000, "-" * 1_000_000, "9**" * 10_000 + "9"])
def test_long_texts_are_refused_unread(text: str) -> None:
    reason = re.escape(f"… has {len(text)} characters; allowed is an expression in x of at most 500")
    with pytest.raises(InvalidParameter, match=f"^target: .{{1,30}}{reason}$"):
        parse(text)
