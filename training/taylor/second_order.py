"""Functions of several variables to second order: value, gradient and Hessian around many points at once.

They are kept as a series is (training.taylor.series), with rows of first and of second derivatives in place of
coefficients, and with exponents of its own where numbers are beyond float64. A function of one argument is the Taylor
series that one variable has, carried over by the chain rule.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.taylor import functions
from training.taylor.series import Series, scaled

# Whose rows are those of their arguments, added, negated or chosen.
_LINEAR = ("+", "-", "neg", "abs", "sign", "max", "min", "heaviside")


class SecondOrder:
    """Arithmetic of rows: the value, d first and d (d + 1) / 2 second derivatives, as far as the order asks for them.

    Args:
        variables: d.
        order: 0, 1 or 2.
    """

    def __init__(self, variables: int, order: int):
        self.variables, self.order = variables, order
        self._left, self._right = np.triu_indices(variables)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return (1, 1 + self.variables, 1 + self.variables + len(self._left))[self.order]

    def variable(self, x: Array, number: int) -> Series:
        """A variable at its values x (n,)."""
        c = np.zeros((self.rows, len(x)))
        c[0] = x
        if self.order:
            c[1 + number] = 1
        return Series(c)

    def apply(self, function: str, *arguments: Series) -> Series:
        """A function, or an operation, of its arguments."""
        if function == "*":
            return self._product(*arguments)
        if function == "/":
            return self._quotient(*arguments)
        if function in _LINEAR:
            return functions.apply(function, *arguments)
        return self._composed(lambda u: functions.apply(function, u), *arguments)

    def power(self, base: Series, exponent: float) -> Series:
        """A constant power."""
        return self._composed(lambda u: functions.power(u, exponent), base)

    def hessian(self, c: Array) -> Array:
        """The matrices (d, d, n) whose upper triangles are rows of c."""
        return np.asarray(c[1 + self.variables :][self._places])

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        places = np.zeros((self.variables, self.variables), dtype=np.intp)
        places[self._left, self._right] = places[self._right, self._left] = np.arange(len(self._left))
        return places

    def _split(self, c: Array) -> tuple[Array, Array, Array]:
        """The gradient's rows, as often as the Hessian's need them on the left and on the right, and the Hessian's."""
        gradient = c[1 : 1 + self.variables]
        if self.order < 2:
            nothing = c[:0]
            return gradient, nothing, nothing
        return gradient, gradient[self._left], gradient[self._right]

    def _product(self, a: Series, b: Series) -> Series:
        (_, left_a, right_a), (_, left_b, right_b) = self._split(a.c), self._split(b.c)
        c = a.c[0] * b.c
        c[1:] += a.c[1:] * b.c[0]
        c[1 + self.variables :] += left_a * right_b + right_a * left_b
        return scaled(c, _total(a.exponent, b.exponent))

    def _quotient(self, a: Series, b: Series) -> Series:
        q = np.empty_like(a.c)
        q[0] = a.c[0] / b.c[0]
        first, second = slice(1, 1 + self.variables), slice(1 + self.variables, None)
        q[first] = (a.c[first] - q[0] * b.c[first]) / b.c[0]
        (_, left_q, right_q), (_, left_b, right_b) = self._split(q), self._split(b.c)
        if self.order == 2:
            q[second] = (a.c[second] - q[0] * b.c[second] - left_q * right_b - right_q * left_b) / b.c[0]
        return scaled(q, _total(a.exponent, None if b.exponent is None else -b.exponent))

    def _composed(self, function: Callable[[Series], Series], u: Series) -> Series:
        line = np.zeros((self.order + 1, u.c.shape[1]))
        line[0] = u.c[0]
        line[1:2] = 1
        outer = function(Series(line, u.exponent))
        c = np.empty_like(u.c)
        c[0] = outer.c[0]
        if self.order:
            _, left, right = self._split(u.c)
            c[1:] = outer.c[1] * u.c[1:]
            if self.order == 2:
                c[1 + self.variables :] += 2 * outer.c[2] * left * right
        return scaled(c, outer.exponent)


def _total(first: Array | None, second: Array | None) -> Array | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second
