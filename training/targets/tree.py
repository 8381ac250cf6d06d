"""Trees of expressions in one variable: how they are spelled, and how they are written without cancellation."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi

# Of a tree: it bounds the depth as well, hence the recursions over it.
MAX_NODES = 200
# How strongly an operation binds its operands, and above which binding an operand needs no parentheses (left, right).
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}
_LEFT = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 5}
# The exponent may have a sign: 2**-x.
_RIGHT = {"+": 2, "-": 2, "*": 3, "/": 3, "neg": 3, "**": 3}


@dataclass(frozen=True)
class Number:
    """A constant; exact_name is that of π, e …, which float64 only has rounded."""

    value: float
    text: str
    exact_name: str | None = None


@dataclass(frozen=True)
class Variable:
    """The variable, by the name that the user gave it."""

    name: str


@dataclass(frozen=True)
class Apply:
    """A function of arguments; the operations + - * / ** and neg are functions too."""

    function: str
    arguments: tuple["Node", ...]


Node = Number | Variable | Apply

_TWO, _PI = Number(2.0, "2"), Number(pi, "pi", "pi")


def nodes(tree: Node) -> Iterator[Node]:
    """All nodes, the tree itself first."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.arguments if isinstance(node, Apply) else ())


def is_constant(tree: Node) -> bool:
    """Whether the variable is not in it."""
    return not any(isinstance(node, Variable) for node in nodes(tree))


def spell(tree: Node) -> str:
    """The tree in Python's spelling, which is parsed to the same tree again."""
    match tree:
        case Number(text=text):
            return text
        case Variable(name=name):
            return name
        case Apply("neg", (operand,)):
            return "-" + _spell_operand(operand, _RIGHT["neg"])
        case Apply(function, (left, right)) if function in _LEFT:
            return _spell_operand(left, _LEFT[function]) + function + _spell_operand(right, _RIGHT[function])
    return f"{tree.function}({','.join(map(spell, tree.arguments))})"


def _spell_operand(operand: Node, binding: int) -> str:
    text = spell(operand)
    weak = isinstance(operand, Apply) and _BINDING.get(operand.function, 9) < binding
    return f"({text})" if weak else text


def without_cancellation(tree: Node) -> Node:
    """An equal tree that keeps its digits, and its tails, where the one that people write loses them."""
    if not isinstance(tree, Apply):
        return tree
    tree = Apply(tree.function, tuple(map(without_cancellation, tree.arguments)))
    match tree:
        case Apply("**", (Number(exact_name="e"), u)):
            return Apply("exp", (u,))
        case Apply("sqrt", (Apply("**", (u, Number(2.0))),)) | Apply(
            "**", (Apply("**", (u, Number(2.0))), Number(0.5))
        ):
            return Apply("abs", (u,))
        case Apply("sinc", (u,)):
            return Apply("/", (Apply("sinpi", (u,)), Apply("*", (_PI, u))))
        case Apply("/", (Apply("sinh", u), Apply("cosh", v))) if u == v:
            return Apply("tanh", u)
        case Apply("/", (Apply("exp", u) as growth, denominator)) if _less_one(denominator) == growth:
            return Apply("sigmoid", u)
        case Apply("/", (Number(1.0), denominator)) if (decay := _less_one(denominator)) and decay.function == "exp":
            return Apply("sigmoid", tuple(map(_negative, decay.arguments)))
        case Apply("-", (Apply("exp", u), Number(1.0))):
            return Apply("expm1", u)
        case Apply("-", (Number(1.0), Apply("exp", u))):
            return _negative(Apply("expm1", u))
        case Apply("-", (Number(1.0), Apply("cos", u))):
            return _versine(u)
        case Apply("-", (Apply("cos", u), Number(1.0))):
            return _negative(_versine(u))
        case Apply("log", (Apply("cosh", u),)):
            return Apply("logcosh", u)
        case Apply("log", (argument,)) if more := _less_one(argument):
            return Apply("softplus", more.arguments) if more.function == "exp" else Apply("log1p", (more,))
    return tree


def _less_one(tree: Node) -> Apply | None:
    """The u of 1 + u and u + 1."""
    match tree:
        case Apply("+", (Number(1.0), Apply() as other)) | Apply("+", (Apply() as other, Number(1.0))):
            return other
    return None


def _negative(tree: Node) -> Node:
    return tree.arguments[0] if isinstance(tree, Apply) and tree.function == "neg" else Apply("neg", (tree,))


def _versine(angle: tuple[Node, ...]) -> Node:
    """1 - cos u = 2 sin²(u/2)."""
    half = Apply("sin", (Apply("/", (*angle, _TWO)),))
    return Apply("*", (_TWO, Apply("**", (half, _TWO))))
