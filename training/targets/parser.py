"""The parser of expressions as people write them: 2x, 2 sin(x), |x|, x², √x, π, e^x, np.sin(x).

The text is never executed: it becomes a tree of numbers, the variable and known functions. A product may be written
without its sign where it can be read in one way alone; 1/2x and e^2x are refused with both readings.
"""

import re
from collections.abc import Sequence
from math import isfinite

from training.errors import InvalidParameter
from training.targets.cursor import Cursor
from training.targets.names import (
    ARGUMENTS,
    CONSTANTS,
    GREEK,
    KNOWN,
    is_variable,
    is_word,
    suggestion,
)
from training.targets.tokens import SUPERSCRIPTS, Token
from training.targets.tree import MAX_NODES, Apply, Node, Number, Variable, nodes
from training.taylor.oscillator import HIGHEST_LEVEL, PREFIX

MAX_LENGTH = 500
# Of parentheses, which are no part of the tree.
_MAX_DEPTH = 200

_OSCILLATOR = re.compile(r"psi_(\d{1,9})")

# How strongly the operators between operands bind; a product without its sign binds as one with it.
_SUM, _PRODUCT, _SIGN, _POWER = 1, 2, 3, 4
_OPERATORS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}


def parse_tree(text: str) -> tuple[Node, str]:
    """The tree of a text and the name of its variable.

    Raises:
        InvalidParameter: the text is not an expression in one variable, or it is too long.
    """
    _require_short(text, "x")
    return _Parser(text).parse()


def parse_in(text: str, variables: Sequence[str]) -> Node:
    """The tree of a text in declared variables, which may be called as they like; psi_N is a function in it.

    Raises:
        InvalidParameter: the text is not an expression in these, or it is too long.
    """
    _require_short(text, ", ".join(variables))
    return _Parser(text, variables).parse()[0]


def _require_short(text: str, of: str) -> None:
    if len(text) > MAX_LENGTH:
        raise InvalidParameter(
            f"target: {text[:20]!r}… has {len(text)} characters; allowed is an expression in {of} of at most "
            f"{MAX_LENGTH}"
        )


class _Parser(Cursor):
    """A recursive descent over the tokens, by precedence; of one variable, or of those that are declared."""

    def __init__(self, text: str, declared: Sequence[str] = ()):
        super().__init__(text, declared)
        self._depth = 0
        self._variables: list[Token] = []

    def parse(self) -> tuple[Node, str]:
        if len(self._tokens) == 1:
            self._refuse("it is empty", None)
        tree = self._expression(_SUM)
        if self._next.kind != "end":
            self._refuse_rest()
        count = sum(1 for _ in nodes(tree))
        if count > MAX_NODES:
            self._refuse(f"it has {count} parts, at most {MAX_NODES} are allowed", None)
        return tree, "" if self._declared else self._variable()

    def _expression(self, binding: int, in_bars: bool = False) -> Node:
        """An operand, and all operators behind it that bind at least as strongly."""
        left = self._operand(in_bars)
        divided = False
        while True:
            token = self._next
            if token.kind == "superscript":
                self._take()
                left = Apply("**", (left, self._signed_number(token.text.translate(SUPERSCRIPTS))))
            elif (strength := _OPERATORS.get(token.kind, 0)) >= binding and strength:
                self._take()
                is_power = token.kind == "**"
                right = self._exponent(in_bars) if is_power else self._expression(strength + 1, in_bars)
                left = Apply(token.kind, (left, right))
                divided = token.kind == "/" or (divided and strength == _PRODUCT)
            elif self._begins_operand(token, in_bars) and binding <= _PRODUCT:
                left = self._implied_product(left, divided, in_bars)
            else:
                return left

    def _exponent(self, in_bars: bool) -> Node:
        first = self._next
        exponent = self._expression(_SIGN, in_bars)  # a sign, and further powers: 2**-x**2
        last, token = self._tokens[self._position - 1], self._next
        is_adjacent = last.kind == "number" and token.kind == "name" and token.start == last.end
        if is_adjacent and token.text not in KNOWN:
            power = self._text[first.start : last.end]
            self._refuse(
                f"^{power}{token.text} can be read in two ways",
                token,
                f"^({power}*{token.text}) or ^{power}*{token.text}",
            )
        return exponent

    def _begins_operand(self, token: Token, in_bars: bool) -> bool:
        return token.kind in ("name", "number", "(", "√") or (token.kind == "|" and not in_bars)

    def _implied_product(self, left: Node, divided: bool, in_bars: bool) -> Node:
        token = self._next
        if token.kind == "number":
            before = self._tokens[self._position - 1].text
            self._refuse(
                f"an operator is missing before {token.text}", token, f"{before}*{token.text} or {before}**{token.text}"
            )
        if is_word(token.text):
            self._operand(in_bars)
        if divided:
            self._refuse_divided(token)
        return Apply("*", (left, self._expression(_PRODUCT + 1, in_bars)))

    def _operand(self, in_bars: bool) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._refuse(f"it is nested more than {_MAX_DEPTH} deep", self._next)
        token = self._take()
        node = self._operand_of(token, in_bars)
        self._depth -= 1
        return node

    def _operand_of(self, token: Token, in_bars: bool) -> Node:
        match token.kind:
            case "number":
                return self._number(token)
            case "name":
                return self._name(token)
            case "+" | "-":
                operand = self._expression(_SIGN, in_bars)
                return Apply("neg", (operand,)) if token.kind == "-" else operand
            case "√":
                return Apply("sqrt", (self._radicand(in_bars),))
            case "(":
                return self._group(token, ")", in_bars=False)
            case "|":
                return Apply("abs", (self._group(token, "|", in_bars=True),))
            case _:
                return self._refuse_operand(token)

    def _radicand(self, in_bars: bool) -> Node:
        is_open = self._next.kind in ("number", "name")
        operand, last, token = self._operand(in_bars), self._tokens[self._position - 1], self._next
        is_power = token.kind in ("superscript", "**")
        if is_open and (is_power or (token.kind == "name" and token.start == last.end)):
            piece = self._text[token.start : token.end]
            hint = f"√({last.text}{piece}) or √({last.text}){piece}"
            self._refuse("√ without ( ) can be read in two ways", token, hint)
        return operand

    def _group(self, opening: Token, closing: str, in_bars: bool) -> Node:
        inner = self._expression(_SUM, in_bars)
        if not self._accept(closing):
            if self._next.kind == "end":
                self._refuse(f"its syntax is wrong: {opening.text} is not closed", opening, f"a {closing}")
            self._refuse_rest()
        return inner

    def _number(self, token: Token) -> Number:
        digits = token.text.replace("_", "")
        if re.match(r"0\d", digits):
            self._refuse(f"its syntax is wrong: {token.text} begins with 0", token, digits.lstrip("0") or "0")
        try:
            value = float(int(digits, 16)) if digits[:2] in ("0x", "0X") else float(digits)
        except OverflowError:
            value = float("inf")
        if not isfinite(value):
            self._refuse(f"the number {token.text} is beyond float64", token, "a number below 1.8e308")
        return Number(value, token.text)

    def _signed_number(self, text: str) -> Node:
        number = Number(float(text.lstrip("+-")), text.lstrip("+-"))
        return Apply("neg", (number,)) if text[0] == "-" else number

    def _name(self, token: Token) -> Node:
        name = token.text
        if name in self._declared:
            return Variable(name)
        if self._declared and (match := _OSCILLATOR.fullmatch(name)):
            return self._oscillator(token, int(match[1]))
        if name in KNOWN:
            return self._call(token, KNOWN[name])
        if name in CONSTANTS:
            return Number(CONSTANTS[name], name, name.lower())
        if self._next.kind == "(" and len(name) > 1 and name not in GREEK:
            self._refuse(f"the function {name!r} is unknown", token, suggestion(name, called=True))
        if is_word(name):
            self._refuse(f"{name!r} is not allowed", token, suggestion(name))
        if self._declared:
            self._refuse(f"the name {name!r} is unknown", token, suggestion(name) or " or ".join(self._declared))
        self._variables.append(token)
        return Variable(name)

    def _oscillator(self, token: Token, level: int) -> Node:
        if level > HIGHEST_LEVEL:
            self._refuse(f"{token.text} is beyond psi_{HIGHEST_LEVEL}, the highest that float64 can compute", token)
        return self._call(token, f"{PREFIX}{level}")

    def _call(self, token: Token, function: str) -> Node:
        power = self._power_of_function(token)
        if self._next.kind != "(":
            self._refuse_without_argument(token)
        arguments = self._arguments(self._take())
        least, most = ARGUMENTS.get(function, (1, 1))
        if not least <= len(arguments) <= most:
            allowed = (
                f"{least} argument{'s' * (least > 1)}" + " or more" * (most > 2) + f" or {most}" * (most - least == 1)
            )
            self._refuse(f"{token.text} takes {allowed}, not {len(arguments)}", token)
        made = _made(function, arguments)
        return made if power is None else Apply("**", (made, power))

    def _power_of_function(self, token: Token) -> Node | None:
        """The 2 of sin²(x) and sin^2(x)."""
        mark = self._next
        if mark.kind not in ("superscript", "**"):
            return None
        self._take()
        text = mark.text.translate(SUPERSCRIPTS) if mark.kind == "superscript" else self._take().text
        if not text.isdigit() or self._next.kind != "(":
            self._refuse(
                f"a power of the function {token.text} can be read in two ways",
                mark,
                f"{token.text}(x)**n, or a{token.text}(x) for the inverse function",
            )
        return self._signed_number(text)

    def _arguments(self, opening: Token) -> list[Node]:
        if self._accept(")"):
            return []
        arguments = [self._expression(_SUM)]
        while self._accept(","):
            arguments.append(self._expression(_SUM))
        if not self._accept(")"):
            if self._next.kind == "end":
                self._refuse("its syntax is wrong: ( is not closed", opening, "a )")
            self._refuse_rest()
        return arguments

    def _variable(self) -> str:
        """The one free name, x where there is none."""
        names = list(dict.fromkeys(token.text for token in self._variables))
        for token in self._variables:
            if not is_variable(token.text):
                self._refuse(f"the name {token.text!r} is unknown", token, suggestion(token.text))
        if len(names) > 1:
            known = "x" if "x" in names else names[0]
            other = next(token for token in self._variables if token.text != known)
            self._refuse(
                f"the name {other.text!r} is unknown beside {known!r}: there is one variable, unless "
                "the domain has several, as domain='x:-1,1; y:-1,1'",
                other,
                f"a number for {other.text}",
            )
        return names[0] if names else "x"


def _made(function: str, arguments: list[Node]) -> Node:
    """The call of a function, in terms of simpler ones where it is a way to write these."""
    match function, arguments:
        case "log", [argument, base]:
            return Apply("/", (Apply("log", (argument,)), Apply("log", (base,))))
        case "pow", [base, exponent]:
            return Apply("**", (base, exponent))
    return Apply(function, tuple(arguments))
