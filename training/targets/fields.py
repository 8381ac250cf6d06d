"""Functions of several variables that a user writes as expressions, such as exp(-x²-y²) cos(3xy), one for each output.

They are evaluated with their gradients and Hessians in float64, node by node (training.taylor.second_order).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from training.arrays import Array
from training.errors import InvalidParameter
from training.targets.evaluation import SHAKEN, evaluate_several
from training.targets.names import CONSTANTS, KNOWN, is_word
from training.targets.parser import parse_in
from training.targets.tree import Node, Variable, nodes, spell, without_cancellation
from training.taylor.second_order import SecondOrder

MOST_VARIABLES = 20
# Numbers at a time, of all rows: they fit the cache.
_CHUNK = 65_536
# Of the largest value of an output or of one of its derivatives: what rounding may take.
_LOST = 1e-9
_KINDS = ("value", "gradient", "Hessian")


@dataclass(frozen=True)
class Field:
    """A function of d named variables with m outputs, which `parse` makes of a text.

    Attributes:
        name: the text in one spelling, the outputs separated by "; ".
        variables: the names of the d variables, in order.
    """

    name: str
    variables: tuple[str, ...]
    trees: tuple[Node, ...] = field(repr=False, compare=False)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The m outputs, in one spelling."""
        return tuple(map(spell, self.trees))

    def evaluate(self, x: Array, order: int = 0) -> tuple[Array, ...]:
        """The values (n, m), the gradients (n, m, d) and the Hessians (n, m, d, d), up to the order, at x (n, d).

        Not finite where an expression, or a rule for it, is not.
        """
        return self._evaluated(x, order, shaken=0)[0]

    def rounding(self, x: Array, order: int = 2) -> tuple[Array, ...]:
        """How far rounding may move what `evaluate` gives at x (n, d), in the same shapes."""
        return tuple(change * (np.finfo(np.float64).eps / SHAKEN) for change in self._evaluated(x, order, shaken=2)[1])

    def _evaluated(self, x: Array, order: int, shaken: int) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        x = np.asarray(x, dtype=np.float64)
        n, m, d = len(x), len(self.trees), len(self.variables)
        shapes = [(n, m), (n, m, d), (n, m, d, d)][: order + 1]
        values, changes = ([np.empty(shape) for shape in shapes] for _ in range(2))
        arithmetic = SecondOrder(d, order)
        size = max(16, _CHUNK // (arithmetic.rows * (1 + shaken)))
        with np.errstate(all="ignore"):  # `check` tells where a value is not finite, better than a warning
            for rows in (slice(start, start + size) for start in range(0, n, size)):
                named = dict(zip(self.variables, x[rows].T, strict=True))
                for output, tree in enumerate(self._plans):
                    parts = evaluate_several(tree, named, arithmetic, shaken)
                    for found, c in zip((values, changes), parts, strict=True):
                        _store(found, rows, output, c, arithmetic)
        return tuple(values), tuple(changes)

    @cached_property
    def _plans(self) -> tuple[Node, ...]:
        return tuple(map(without_cancellation, self.trees))


def parse(text: str, variables: Sequence[str]) -> Field:
    """The function that a text stands for, in the variables of its domain; the text is never executed.

    Raises:
        InvalidParameter: the text is no expression in these variables, or one of them is not in it.
    """
    _require_names(variables)
    parts = [part.strip() for part in text.split(";")]
    if not all(parts):
        raise InvalidParameter(f"target: {text!r} has an output without an expression: write them as f; g")
    trees = tuple(parse_in(part, variables) for part in parts)
    used = {node.name for tree in trees for node in nodes(tree) if isinstance(node, Variable)}
    if unused := [name for name in variables if name not in used]:
        raise InvalidParameter(
            f"target: {text!r} does not depend on {', '.join(unused)}; leave that out of the domain, or use it"
        )
    return Field("; ".join(map(spell, trees)), tuple(variables), trees)


def check(function: Field, x: Array, order: int = 2) -> None:
    """Require finite values and derivatives at x (n, d): at the samples, and where trouble is likely.

    Raises:
        InvalidParameter: one of them is not finite; the message names the place.
    """
    for number, values in enumerate(function.evaluate(x, order)):
        finite = np.isfinite(values).reshape(len(x), len(function.trees), -1).all(axis=2)
        if not finite.all():
            point, output = np.argwhere(~finite)[0]
            subject = function.outputs[output] if number == 0 else f"the {_KINDS[number]} of {function.outputs[output]}"
            raise InvalidParameter(f"target: {subject} is not finite at {place(function.variables, x[point])}")


def warnings(function: Field, x: Array, order: int = 2) -> list[str]:
    """What a user should know of the function: where digits cancel in it."""
    found = []
    values, changes = function.evaluate(x, order), function.rounding(x, order)
    for kind, value, change in zip(_KINDS, values, changes, strict=False):
        for output, name in enumerate(function.outputs):
            size = np.abs(value[:, output]).max(initial=0.0)
            lost = change[:, output].reshape(len(x), -1).max(axis=1, initial=0.0)
            worst = int(np.argmax(lost)) if len(x) else 0
            if len(x) and lost[worst] > _LOST * size:
                where = place(function.variables, x[worst])
                found.append(f"digits cancel in the {kind} of {name}: {lost[worst]:.1g} are lost at {where}")
    return found


def place(variables: Sequence[str], point: Array) -> str:
    """A point as it is shown: x = 1, y = 2."""
    # + 0 shows -0 as 0.
    return ", ".join(f"{name} = {value + 0:.6g}" for name, value in zip(variables, point, strict=True))


def _require_names(variables: Sequence[str]) -> None:
    for name in variables:
        if name in KNOWN or name in CONSTANTS or is_word(name) or not name.isidentifier():
            what = "a function" if name in KNOWN else "a constant" if name in CONSTANTS else "no name"
            raise InvalidParameter(f"domain: {name!r} cannot be a variable, it is {what}; choose another name")
    if len(set(variables)) < len(variables) or not 1 <= len(variables) <= MOST_VARIABLES:
        raise InvalidParameter(
            f"domain: it has {len(variables)} variables; 1 to {MOST_VARIABLES} different ones can be"
        )


def _store(found: Sequence[Array], rows: slice, output: int, c: Array, arithmetic: SecondOrder) -> None:
    for values, part in zip(found, _parts(c, arithmetic), strict=True):
        values[rows, output] = part


def _parts(c: Array, arithmetic: SecondOrder) -> Iterator[Array]:
    yield c[0]
    if arithmetic.order:
        yield c[1 : 1 + arithmetic.variables].T
    if arithmetic.order == 2:
        yield np.moveaxis(arithmetic.hessian(c), -1, 0)
