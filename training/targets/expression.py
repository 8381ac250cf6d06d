"""An expression in one variable, with its derivatives.

It is evaluated node by node in float64, by truncated Taylor series: the chain rule, the product rule and the like are
applied to these instead of formulas, which grow exponentially with the order: that of the 8th derivative of
exp(-x**2)*tanh(x)*erf(x)/(1+x**2) has 9,482 operations. No number in it can cost time or memory: one that is too large
is infinite.

Each point is evaluated three times, twice with the intermediate results shaken in their last digits. Where the
derivatives shake much more than that, digits cancel, and a local polynomial of high precision takes over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.targets.evaluation import SHAKEN, evaluate
from training.targets.local_polynomials import LocalPolynomials, NotRealError, UndefinedError, value
from training.targets.tree import Node, without_cancellation

Flags = NDArray[np.bool_]

# Points at a time: their series fit the cache.
_CHUNK = 1_024
# How many times more than intermediate results the derivatives may shake.
_CONDITION = 2.0**8
# Below it numbers have fewer digits.
_TINY = 1e-290
# Beyond the order: coefficients from which the scale of a derivative is known.
_BEYOND = 3


@dataclass(frozen=True)
class Expression:
    """An expression in one variable, which expressions.parse makes of a text."""

    name: str
    variable: str = field(compare=False)
    tree: Node = field(repr=False, compare=False)

    def derivative(self, x: Array, order: int = 0) -> Array:
        """The derivative of the given order at x (n,); not finite where the expression or a rule for it is not."""
        result: Array = self.derivatives(x, order)[order]
        return result

    def derivatives(self, x: Array, highest: int) -> Array:
        """All derivatives up to the highest, (highest + 1, n)."""
        x = np.asarray(x, dtype=np.float64)
        with np.errstate(all="ignore"):  # check tells where a value is not finite, better than a warning
            result, lost = _in_chunks(self._directly, x, highest)
            undefined = ~np.isfinite(result).all(axis=0)
            for suspects in (np.flatnonzero(undefined), np.flatnonzero(lost & ~undefined)):
                found, better = self._local.derivatives(x[suspects], highest)
                result[:, suspects[found]] = better[:, found]
        return result

    @property
    def unguarded(self) -> "Unguarded":
        """The same without a look at lost digits, which takes twice the time of the rest."""
        return Unguarded(self.name, self._plan)

    def is_complex(self, x: float) -> bool:
        """Whether the value at x, or directly beside it, is not a real number but a complex one."""
        for place in (x, x * (1 + 1e-9)):
            try:
                value(self.tree, place)
            except NotRealError:
                return True
            except UndefinedError:
                continue
        return False

    def _directly(self, x: Array, highest: int) -> tuple[Array, Flags]:
        """The derivatives by Taylor series alone, and where these lose digits, (n,)."""
        c, errors = evaluate(self._plan, x, highest + _BEYOND)
        is_lost = np.zeros(len(x), dtype=bool)
        for order in range(highest + 1):
            is_lost |= ~(errors[order] <= _CONDITION * SHAKEN * _scale(c, order) + _TINY)
        return _derivatives(c[: highest + 1]), is_lost

    @cached_property
    def _plan(self) -> Node:
        return without_cancellation(self.tree)

    @cached_property
    def _local(self) -> LocalPolynomials:
        return LocalPolynomials(self.tree, self._values)

    def _values(self, x: Array) -> Array:
        return np.asarray(evaluate(self._plan, x, 0, shaken=0)[0][0])


@dataclass(frozen=True)
class Unguarded:
    """An expression whose derivatives are those of its Taylor series, whether or not digits cancel there."""

    name: str
    tree: Node = field(repr=False)

    def derivative(self, x: Array, order: int = 0) -> Array:
        """The derivative of the given order at x (n,)."""
        result: Array = self.derivatives(x, order)[order]
        return result

    def derivatives(self, x: Array, highest: int) -> Array:
        """All derivatives up to the highest, (highest + 1, n)."""
        with np.errstate(all="ignore"):
            parts = [self._directly(chunk, highest) for chunk in _chunks(x)]
        return np.concatenate(parts, axis=1)

    def _directly(self, x: Array, highest: int) -> Array:
        # As far as the guarded one: the root of x³ at 0, of which fewer coefficients know only zeros, would be zero.
        return _derivatives(evaluate(self.tree, x, highest + _BEYOND, shaken=0)[0][: highest + 1])


def _derivatives(c: Array) -> Array:
    """The derivatives of Taylor coefficients, both (orders, n)."""
    factorials = np.array([float(factorial(order)) for order in range(len(c))])
    return np.asarray(c * factorials[:, None])


def _in_chunks(function: Callable[[Array, int], tuple[Array, Flags]], x: Array, highest: int) -> tuple[Array, Flags]:
    parts = [function(chunk, highest) for chunk in _chunks(x)]
    return np.concatenate([part[0] for part in parts], axis=1), np.concatenate([part[1] for part in parts])


def _chunks(x: Array) -> list[Array]:
    """At least one, so that there is a result of no points, too."""
    return [x[i : i + _CHUNK] for i in range(0, max(1, len(x)), _CHUNK)]


def _scale(c: Array, order: int) -> Array:
    """The size of the derivative around each point, in units of coefficient `order`, (n,).

    Where it passes through zero, this is its slope times the length over which it is a line.
    """
    g = [comb(order + i, i) * np.abs(c[order + i]) for i in range(4)]
    lengths = [np.maximum(_ratio(g[0], g[j], j), _ratio(g[1], g[j], j - 1)) for j in (2, 3)]
    length = np.minimum(*lengths)
    return np.asarray(np.maximum(g[0], np.where(g[1] > 0, g[1] * length, 0.0)))


def _ratio(numerator: Array, denominator: Array, power: int) -> Array:
    ratio: Array = np.where(denominator == 0, np.inf, numerator / denominator) ** (1 / power)
    return ratio
