"""The names in expressions: functions, constants and variables, and what was meant by others."""

import keyword
import re
from difflib import get_close_matches
from math import e, pi

# The elementary functions; and those beside them, in the order in which people are told of them.
FUNCTIONS = (
    *("exp", "log", "ln", "sqrt", "erf"),
    *("sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
MORE_FUNCTIONS = (
    *("log10", "log2", "log1p", "expm1", "cbrt", "erfc", "gamma", "sinc", "sigmoid"),
    *("sec", "csc", "cot", "sech", "csch", "coth", "abs", "sign", "max", "min", "heaviside"),
)
# What stands at a corner or a jump.
PIECEWISE = ("abs", "sign", "max", "min", "heaviside")
CONSTANTS = {"pi": pi, "e": e, "E": e}

ALIASES = {
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
    "ln": "log",
    "fabs": "abs",
    "sgn": "sign",
    "expit": "sigmoid",
    "cosec": "csc",
    "tgamma": "gamma",
    "maximum": "max",
    "minimum": "min",
    "fmax": "max",
    "fmin": "min",
    "Max": "max",
    "Min": "min",
    "Abs": "abs",
    "power": "pow",
    "tg": "tan",
    "arctg": "atan",
    "cotan": "cot",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
}
KNOWN = {name: ALIASES.get(name, name) for name in (*FUNCTIONS, *MORE_FUNCTIONS, *ALIASES, "pow")}
# How many arguments a function takes, where it is not one.
ARGUMENTS = {"log": (1, 2), "heaviside": (1, 2), "pow": (2, 2), "max": (2, 50), "min": (2, 50)}
MODULES = ("np", "numpy", "math", "sp", "sympy", "scipy.special", "special", "torch", "jnp", "mpmath")

GREEK = frozenset(
    [
        *"αβγδεζηθικλμνξορστυφχψω",
        *("alpha", "beta", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "mu", "nu", "xi", "rho"),
        *("sigma", "tau", "phi", "chi", "psi", "omega"),
    ]
)
_MEANT = {
    "lg": "log10 or log2",
    "gaussian": "exp(-x**2/2)/sqrt(2*pi), or gaussian alone",
    "ctg": "cot",
    "arccot": "atan",
    "exponential": "exp",
    "root": "sqrt",
    "square": "**2",
    "factorial": "gamma(x+1)",
    "lgamma": "log(gamma(x))",
    "gammaln": "log(gamma(x))",
    "atan2": "atan(y/x)",
    "step": "heaviside",
    "relu": "max(x, 0)",
    "tangent": "tan",
    "lambda": "t or λ as the variable",
    "inf": "a number",
    "nan": "a number",
    "infinity": "a number",
}
_IMAGINARY = ("i", "j", "I", "J")
_VARIABLE = re.compile(r"[^\W\d_](_?[^\W_]+)*")
# Two letters are rather a product of two names.
_WORD = re.compile(r"[a-z]{3}|_")


def is_word(name: str) -> bool:
    """Whether Python gives the name a meaning, which no variable has then."""
    return keyword.iskeyword(name)


def is_variable(name: str) -> bool:
    """Whether a name can stand for the variable: no one would take it for a function or for a product."""
    if name in GREEK:
        return True
    if name in KNOWN or name in CONSTANTS or name in _MEANT or name in _IMAGINARY or is_word(name):
        return False
    is_plain = len(name) == 1 or (_WORD.search(name) is not None and suggestion(name) == "")
    return is_plain and _VARIABLE.fullmatch(name) is not None


def suggestion(name: str, called: bool = False) -> str:
    """What was probably meant by an unknown name, or nothing."""
    if name in _MEANT:
        return _MEANT[name]
    if name in _IMAGINARY:
        return "a real function: there are no complex numbers"
    if name.startswith("psi_"):
        return "psi_N or psi_N^2, alone"
    if (plain := name.lower().replace("_", "")) in KNOWN or plain in CONSTANTS:
        return plain
    if product := _product(name, called):
        return product
    if len(name) == 2 and name.isalpha() and ("x" in name or not called):
        return f"{name[0]}*{name[1]}"
    # As cosine and tangent begin.
    if called and (
        begun := max((word for word in KNOWN if len(word) > 2 and name.startswith(word)), key=len, default="")
    ):
        return begun
    candidates = [*KNOWN, "gaussian", *([] if called else CONSTANTS)]
    return next(iter(get_close_matches(name, candidates, n=1, cutoff=0.72)), "")


def _product(name: str, called: bool) -> str:
    """A name in its parts, where it is made of known names and one letter: pix is pi*x, x2 is x*2 or x**2."""
    if match := re.fullmatch(r"([^\W\d_])(\d+)", name):
        return f"{match[1]}*{match[2]} or {match[1]}**{match[2]}"
    words = sorted({*KNOWN, *GREEK, "pi"}, key=len, reverse=True)
    for letter in sorted({*name} - {*CONSTANTS, *_IMAGINARY}):
        pattern = "|".join([*words, re.escape(letter)])
        if len(name) > 1 and re.fullmatch(f"({pattern})+", name):
            return _joined(re.findall(pattern, name), called)
    return ""


def _joined(parts: list[str], called: bool) -> str:
    """The parts as a product, in which a function takes what follows it."""
    text = ""
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if part in KNOWN and following not in KNOWN and (following or not called):
            text += f"{part}({following or 'x'})"
        elif text.endswith(f"({part})"):
            continue
        else:
            text += f"{'*' if text else ''}{part}"
    return text
