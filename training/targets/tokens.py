"""The pieces of an expression's text, in one spelling, and the refusal that points at one of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from training.errors import InvalidParameter
from training.targets.names import FUNCTIONS, MODULES, MORE_FUNCTIONS

_OPERATIONS = "pi, e, + - * / ** ^ ( ) | | and the functions " + ", ".join((*FUNCTIONS, *MORE_FUNCTIONS))
_ALLOWED = f"allowed are gaussian, psi_N, psi_N^2 and expressions of numbers, x or another variable, {_OPERATIONS}"
_ALLOWED_OF_SEVERAL = f"allowed are expressions of numbers, the variables {{}}, {_OPERATIONS}, psi_N( )"
_SPELLINGS = str.maketrans(
    {
        "·": "*",
        "⋅": "*",
        "\N{MULTIPLICATION SIGN}": "*",
        "\N{ASTERISK OPERATOR}": "*",
        "÷": "/",
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{DIVISION SLASH}": "/",
        "\u00a0": " ",
        "\u2009": " ",
        "ϕ": "φ",
        "ϑ": "θ",
        "µ": "μ",
    }
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_TOKEN = re.compile(
    rf"(?P<blank>[ \t]+)|(?P<number>0[xX][0-9a-fA-F]+|(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+)([eE][+-]?\d+)?)"
    rf"|(?P<module>({'|'.join(re.escape(module) for module in MODULES)})\s*\.\s*(?=[A-Za-z]))"
    r"|(?P<name>π|[A-Za-z_][A-Za-z0-9_]*|[α-ω](_[A-Za-z0-9]+)?)|(?P<power>\*\*|\^)|(?P<superscript>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"  # noqa: RUF001
    r"|(?P<sign>[-+*/(),|√])",
    re.ASCII,
)
_HINTS = {
    "[": "( ) for grouping",
    "]": "( ) for grouping",
    "{": "( ) for grouping",
    "}": "( ) for grouping",
    "!": "gamma(x+1) for x!",
    "%": "sin or cos for what is periodic: a remainder jumps",
    ":": "a single expression",
    ";": "a single expression",
    "'": "only letters, digits and signs; a derivative is had by order",
    "<": "heaviside for a step",
    ">": "heaviside for a step",
    "∞": "a number",
    "\\": "sin(x) for \\sin(x)",
    "_": "a name that begins with a letter",
    ".": "digits behind a decimal point, or np.sin",
}


@dataclass(frozen=True)
class Token:
    """A piece of the text, in one spelling, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(source: str, variables: Sequence[str] = ()) -> list[Token]:
    """The pieces of a text, an end behind them; the variables where they are declared are named where it is refused.

    Raises:
        InvalidParameter: a character is not allowed.
    """
    tokens, position, text = [], 0, source.translate(_SPELLINGS)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _refuse_character(source, position, variables)
        kind = next(name for name, group in match.groupdict().items() if group is not None)
        piece = "**" if kind == "power" else "pi" if match[0] == "π" else match[0]
        if kind not in ("blank", "module"):
            tokens.append(Token(piece if kind in ("sign", "power") else kind, piece, position, match.end()))
        position = match.end()
    return [*tokens, Token("end", "", len(text), len(text))]


def refuse(source: str, reason: str, token: Token | None, hint: str = "", variables: Sequence[str] = ()) -> NoReturn:
    """Say why a text is no expression, where, and what was probably meant."""
    place = ""
    if token is not None:
        piece = source[token.start : token.end]
        place = f"; at column {token.start + 1}" + f", {piece!r}" * bool(piece)
        place += f": did you mean {hint}?" if hint else ""
    allowed = _ALLOWED_OF_SEVERAL.format(", ".join(variables)) if variables else _ALLOWED
    of = ", ".join(variables) or "x"
    raise InvalidParameter(f"target: {source!r} is not an expression in {of}: {reason}; {allowed}{place}")


def _refuse_character(source: str, position: int, variables: Sequence[str]) -> NoReturn:
    character = source[position]
    hint = _HINTS.get(character, "")
    if character == "=":
        hint = f"{source[position + 1 :].strip(' =') or 'an expression'} alone"
    token = Token("character", character, position, position + 1)
    refuse(source, f"the character {character!r} is not allowed", token, hint, variables)
