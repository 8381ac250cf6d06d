"""Trees of expressions as truncated Taylor series, with a measure of their rounding errors."""

from functools import cache, reduce

import numpy as np

from training.targets.tree import MAX_NODES, Apply, Node, Number, is_constant
from training.taylor.elementary import exp, log
from training.taylor.functions import FUNCTIONS
from training.taylor.series import Array, Series, constant, integer_power, multiply, real_power

# Intermediate results are shaken by so much, relatively.
SHAKEN = 2.0**-42
_BLOCKS = 2
_LARGEST_SQUARED = 64
_EXACT = ("neg", "abs", "max", "min", "sign", "heaviside")


def evaluate(tree: Node, x: Array, order: int, shaken: int = _BLOCKS) -> tuple[Array, Array]:
    """Taylor coefficients (order + 1, n), and how much they change where intermediate results are shaken.

    Not numbers where the value is none.
    """
    c = _Evaluation(x, order, shaken).of(tree)
    blocks = c.reshape(order + 1, 1 + shaken, len(x))
    return blocks[:, 0], np.abs(blocks[:, 1:] - blocks[:, :1]).max(axis=1, initial=0.0)


class _Evaluation:
    """The series of trees around points x, and around these again with every intermediate result shaken."""

    def __init__(self, x: Array, order: int, shaken: int):
        self._blocks, self._nodes = 1 + shaken, 0
        c = np.zeros((order + 1, len(x) * self._blocks))
        c[0] = np.tile(x, self._blocks)
        c[1:2] = 1
        self._x = Series(c)

    def of(self, tree: Node) -> Array:
        """The coefficients (order + 1, blocks · n), not numbers where the value is none."""
        c = self._evaluate(tree).plain
        return np.where(np.isnan(c[0]), np.nan, c)

    def _evaluate(self, tree: Node) -> Series:
        if isinstance(tree, Number):
            return constant(tree.value, self._x)
        if not isinstance(tree, Apply):
            return self._x
        if tree.function == "**":
            result = self._power(*tree.arguments)
        elif tree.function in ("max", "min"):
            result = reduce(FUNCTIONS[tree.function], map(self._evaluate, tree.arguments))
        else:
            result = FUNCTIONS[tree.function](*map(self._evaluate, tree.arguments))
        return result if _is_exact(tree) else self._shake(result)

    def _power(self, base: Node, exponent: Node) -> Series:
        if not is_constant(exponent):
            logarithm = self._shake(log(self._evaluate(base)))
            return exp(self._shake(multiply(self._evaluate(exponent), logarithm)))
        power = float(_Evaluation(np.zeros(1), 0, shaken=0).of(exponent)[0, 0])
        if power.is_integer() and abs(power) <= _LARGEST_SQUARED:
            return integer_power(self._evaluate(base), int(power))
        return real_power(self._evaluate(base), power) if np.isfinite(power) else constant(np.nan, self._x)

    def _shake(self, series: Series) -> Series:
        """Change the coefficients of all blocks but the first relatively, at random, the same each time."""
        if self._blocks == 1:
            return series
        self._nodes += 1
        factors = np.ones((len(series.c), self._blocks))
        factors[:, 1:] += SHAKEN * _shakes()[self._nodes % (2 * MAX_NODES), : len(factors)]
        shape = (len(series.c), self._blocks, -1)
        return Series((series.c.reshape(shape) * factors[:, :, None]).reshape(series.c.shape), series.exponent)


@cache
def _shakes() -> Array:
    """The shakes by node, coefficient and block, of many sizes: where all were 1, many a sum of two would vanish."""
    return np.random.default_rng(0).uniform(-1.5, 1.5, size=(2 * MAX_NODES, 16, _BLOCKS))


def _is_exact(tree: Apply) -> bool:
    """Whether an operation leaves no rounding error: a change of sign, a choice, or a factor of a power of two."""
    if tree.function in _EXACT:
        return True
    factors = [node.value for node in tree.arguments if isinstance(node, Number)]
    return tree.function in ("*", "/") and any(np.frexp(value)[0] == 0.5 for value in factors)
