"""Where a parser stands among the pieces of a text, and how it refuses what it finds there."""

from collections.abc import Sequence
from typing import NoReturn

from training.targets.names import KNOWN
from training.targets.tokens import Token, refuse, tokenize


class Cursor:
    """The pieces of a text, in which the variables may be declared, and the next one of them."""

    def __init__(self, text: str, declared: Sequence[str] = ()):
        self._text, self._position, self._declared = text, 0, declared
        self._tokens = tokenize(text, declared)

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        self._position += 1
        return token

    def _accept(self, kind: str) -> bool:
        found = self._next.kind == kind
        self._position += found
        return found

    def _refuse(self, reason: str, token: Token | None, hint: str = "") -> NoReturn:
        refuse(self._text, reason, token, hint, self._declared)

    def _refuse_divided(self, token: Token) -> NoReturn:
        before, is_simple = self._tokens[self._position - 1], token.kind == "name" and token.text not in KNOWN
        product = f"{before.text}*{token.text}"
        hint = (
            f"/({product}) or /{product}"
            if is_simple and before.text != ")"
            else "* before it, or ( ) around the divisor"
        )
        self._refuse("a product without * behind a / can be read in two ways", token, hint)

    def _refuse_operand(self, token: Token) -> NoReturn:
        what = f"before {token.text!r}" if token.text else "at its end"
        self._refuse(f"its syntax is wrong: an operand is missing {what}", token)

    def _refuse_rest(self) -> NoReturn:
        token = self._next
        if token.kind == ",":
            before, behind = self._tokens[self._position - 1], self._tokens[self._position + 1]
            is_decimal = before.kind == behind.kind == "number"
            hint = f"{before.text}.{behind.text}" if is_decimal else ""
            self._refuse("its syntax is wrong: a comma stands between arguments alone", token, hint)
        what = "is not opened" if token.kind in (")", "|") else "is not expected"
        self._refuse(f"its syntax is wrong: {token.text} {what}", token)

    def _refuse_without_argument(self, token: Token) -> NoReturn:
        following = self._next.text or "x"
        self._refuse(f"the name {token.text!r} needs an argument in ( )", token, f"{token.text}({following})")
