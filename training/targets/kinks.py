"""Where an expression with abs, sign, max, min or heaviside has its corners and jumps."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from training.arrays import Array
from training.targets.domain import Domain
from training.targets.evaluation import evaluate
from training.targets.expression import Expression
from training.targets.names import PIECEWISE
from training.targets.tree import Apply, Node, nodes, without_cancellation

_SAMPLES = 40_001
# Of derivatives whose jumps are told: the registered ones, unless more are asked for.
_HIGHEST = 4
# Of the largest value of a derivative: what differs less on both sides does not jump.
_NEGLIGIBLE = 1e-8
_TOLD = 5
# From the distance of two samples to that of two floats, and beyond it around 0.
_BISECTIONS = 80


@dataclass(frozen=True)
class Kink:
    """A place, between the floats low and high, and the lowest order that jumps there, if one of the first does."""

    low: float
    high: float
    order: int | None

    @property
    def place(self) -> float:
        """Where it is, to rounding."""
        return (self.low + self.high) / 2


def kinks(expression: Expression, domain: Domain) -> list[Kink]:
    """All of them inside the domain, in order; also those at which no derivative of the first jumps."""
    arguments = list(_arguments(without_cancellation(expression.tree)))
    if not arguments:
        return []
    grid = np.linspace(*domain, _SAMPLES)
    with np.errstate(all="ignore"):
        sides = np.concatenate([_changes_of_sign(argument, grid) for argument in arguments])
        sides = np.unique(sides, axis=0)
    inside = sides[(sides[:, 0] >= domain[0]) & (sides[:, 1] <= domain[1])]
    orders = _jumps(expression, inside, grid)
    return [Kink(float(low), float(high), order) for (low, high), order in zip(inside, orders, strict=True)]


@cache
def kink_warnings(expression: Expression, domain: Domain) -> list[str]:
    """What a user should know of them."""
    found: dict[int, list[float]] = {}
    for kink in kinks(expression, domain):
        if kink.order is not None:
            found.setdefault(kink.order, []).append(kink.place)
    return [
        f"{_subject(expression.name, order)} at {expression.variable} = {_listed(places)}: "
        "the derivatives are those on either side"
        for order, places in sorted(found.items())
    ]


def _subject(name: str, order: int) -> str:
    if order == 0:
        return f"{name} jumps"
    return f"{name} has a kink (its derivative jumps)" if order == 1 else f"derivative {order} of {name} jumps"


def _listed(places: list[float]) -> str:
    told = ", ".join(f"{round(place, 12) + 0:.6g}" for place in places[:_TOLD])
    return told + (f" and at {len(places) - _TOLD} more places" if len(places) > _TOLD else "")


def _arguments(tree: Node) -> Iterator[Node]:
    """What changes its sign where a function of the tree has a corner or a jump."""
    for node in nodes(tree):
        if isinstance(node, Apply) and node.function in PIECEWISE:
            if node.function in ("max", "min"):
                first, *others = node.arguments
                for other in others:
                    yield Apply("-", (first, other))
                    first = Apply(node.function, (first, other))
            else:
                yield node.arguments[0]


def _changes_of_sign(argument: Node, grid: Array) -> Array:
    """The last point on the left of each zero and the first on the right of it, (zeros, 2), by bisection."""

    def signs(x: Array) -> Array:
        return np.asarray(np.sign(evaluate(argument, x, 0, shaken=0)[0][0]))

    on_grid = signs(grid)
    known = np.flatnonzero(on_grid != 0)  # a zero at a point of the grid lies between its neighbours
    change = np.flatnonzero(on_grid[known][:-1] * on_grid[known][1:] < 0)
    before, behind = known[change], known[change + 1]
    ends = []
    for inner, outer in ((before, behind), (behind, before)):
        end, other = grid[inner], grid[outer]
        for _ in range(_BISECTIONS):
            middle = end + (other - end) / 2
            is_side = signs(middle) == on_grid[inner]
            end, other = np.where(is_side, middle, end), np.where(is_side, other, middle)
        ends.append(end)
    return np.column_stack(ends)


def _jumps(expression: Expression, sides: Array, grid: Array) -> list[int | None]:
    """The lowest order that differs between the sides of each place."""
    left, right = (expression.derivatives(side, _HIGHEST) for side in sides.T)
    size = np.abs(expression.derivatives(grid, _HIGHEST))
    largest = np.where(np.isfinite(size), size, 0).max(axis=1)
    jumps = ~(np.abs(right - left) <= _NEGLIGIBLE * largest[:, None])
    return [int(column.argmax()) if column.any() else None for column in jumps.T]
