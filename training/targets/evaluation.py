"""Trees of expressions as truncated Taylor series, with a measure of their rounding errors."""

from collections.abc import Mapping
from functools import cache
from typing import Protocol

import numpy as np

from training.arrays import Array
from training.targets.tree import MAX_NODES, Apply, Node, Number, Variable, is_constant, nodes
from training.taylor import functions, series
from training.taylor.second_order import SecondOrder
from training.taylor.series import Series, constant

# Intermediate results are shaken by so much, relatively.
SHAKEN = 2.0**-42
_BLOCKS = 2
_ROWS = 16
_EXACT = ("neg", "abs", "max", "min", "sign", "heaviside")


class Arithmetic(Protocol):
    """What is done with series, or with what is kept as they are."""

    def apply(self, function: str, *arguments: Series) -> Series:
        """A function, or an operation, of its arguments."""

    def power(self, base: Series, exponent: float) -> Series:
        """A constant power."""


def evaluate(tree: Node, x: Array, order: int, shaken: int = _BLOCKS) -> tuple[Array, Array]:
    """Taylor coefficients (order + 1, n) in the one variable, and how much they change where intermediate results are
    shaken.

    Not numbers where the value is none.
    """
    c = np.zeros((order + 1, len(x) * (1 + shaken)))
    c[0] = np.tile(x, 1 + shaken)
    c[1:2] = 1
    names = {node.name for node in nodes(tree) if isinstance(node, Variable)}
    return _evaluated(tree, dict.fromkeys(names, Series(c)), Series(c), functions, shaken)


def evaluate_several(
    tree: Node, x: Mapping[str, Array], arithmetic: SecondOrder, shaken: int = _BLOCKS
) -> tuple[Array, Array]:
    """Rows (rows, n) of the arithmetic at the variables' values, each (n,), and how much they change where intermediate
    results are shaken.
    """
    variables = {
        name: arithmetic.variable(np.tile(values, 1 + shaken), number)
        for number, (name, values) in enumerate(x.items())
    }
    return _evaluated(tree, variables, next(iter(variables.values())), arithmetic, shaken)


def _evaluated(
    tree: Node, variables: Mapping[str, Series], like: Series, arithmetic: Arithmetic, shaken: int
) -> tuple[Array, Array]:
    c = _Evaluation(variables, like, arithmetic, shaken).of(tree)
    blocks = c.reshape(len(c), 1 + shaken, -1)
    return blocks[:, 0], np.abs(blocks[:, 1:] - blocks[:, :1]).max(axis=1, initial=0.0)


class _Evaluation:
    """The series of trees around points, and around these again with every intermediate result shaken."""

    def __init__(self, variables: Mapping[str, Series], like: Series, arithmetic: Arithmetic, shaken: int):
        self._variables, self._like, self._arithmetic = variables, like, arithmetic
        self._blocks, self._nodes = 1 + shaken, 0

    def of(self, tree: Node) -> Array:
        """The coefficients (rows, blocks · n), not numbers where the value is none."""
        c = self._evaluate(tree).plain
        return np.where(np.isnan(c[0]), np.nan, c)

    def _evaluate(self, tree: Node) -> Series:
        if isinstance(tree, Number):
            return constant(tree.value, self._like)
        if not isinstance(tree, Apply):
            return self._variables[tree.name]
        if tree.function == "**":
            result = self._power(*tree.arguments)
        elif (multiple := _multiple(tree)) is not None:
            inner, number = multiple
            result = (series.times if tree.function == "*" else series.over)(self._evaluate(inner), number)
        else:
            result = self._arithmetic.apply(tree.function, *map(self._evaluate, tree.arguments))
        return result if _is_exact(tree) else self._shake(result)

    def _power(self, base: Node, exponent: Node) -> Series:
        if not is_constant(exponent):
            logarithm = self._shake(self._arithmetic.apply("log", self._evaluate(base)))
            product = self._arithmetic.apply("*", self._evaluate(exponent), logarithm)
            return self._arithmetic.apply("exp", self._shake(product))
        return self._arithmetic.power(self._evaluate(base), float(evaluate(exponent, np.zeros(1), 0, 0)[0][0, 0]))

    def _shake(self, series: Series) -> Series:
        """Change the coefficients of all blocks but the first relatively, at random, the same each time."""
        if self._blocks == 1:
            return series
        self._nodes += 1
        factors = np.ones((len(series.c), self._blocks))
        factors[:, 1:] += SHAKEN * _shakes(max(_ROWS, len(factors)))[self._nodes % (2 * MAX_NODES), : len(factors)]
        shape = (len(series.c), self._blocks, -1)
        return Series((series.c.reshape(shape) * factors[:, :, None]).reshape(series.c.shape), series.exponent)


@cache
def _shakes(rows: int) -> Array:
    """The shakes by node, coefficient and block, of many sizes: where all were 1, many a sum of two would vanish."""
    return np.random.default_rng(0).uniform(-1.5, 1.5, size=(2 * MAX_NODES, rows, _BLOCKS))


def _multiple(tree: Apply) -> tuple[Node, float] | None:
    """What is multiplied with, or divided by, a finite number, and that number: coefficients need no convolution."""
    if tree.function not in ("*", "/"):
        return None
    inner, number = tree.arguments
    if tree.function == "*" and isinstance(inner, Number):
        inner, number = number, inner
    return (inner, number.value) if isinstance(number, Number) and 0 < abs(number.value) < np.inf else None


def _is_exact(tree: Apply) -> bool:
    """Whether an operation leaves no rounding error: a change of sign, a choice, or a factor of a power of two."""
    if tree.function in _EXACT:
        return True
    factors = [node.value for node in tree.arguments if isinstance(node, Number)]
    return tree.function in ("*", "/") and any(np.frexp(value)[0] == 0.5 for value in factors)
