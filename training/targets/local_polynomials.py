"""Polynomials that stand for an expression where float64 loses its digits, as at the removable place of sin(x)/x.

On a cell, an interval [i, i + 1]·2^l, the expression is interpolated in high precision at Chebyshev points that reach
beyond the cell. Where the coefficients vanish quickly the function is analytic there, whether or not a point in between
is 0/0, and the interpolant has all derivatives. Where they do not, there is a pole, a jump or a corner.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from math import floor, ldexp
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from training.arrays import Array
from training.targets.tree import Apply, Node, Number

_NODES = 36
# Of the largest Chebyshev coefficient: the last ones, and in float64 those in the middle, where a function is resolved.
_NEGLIGIBLE, _SMALL, _LAST, _MIDDLE = 1e-27, 1e-8, slice(-3, None), slice(11, 14)
# log2 of the widths of cells that are tried, the widest first; and those where float64 does not see where to begin.
_LEVELS = range(17, -62, -3)
_USUAL_LEVELS = (2, -1, -4)
_TRIES = 3
# Of a cell, relative to |x| or 1.
_WIDEST = 4.0
_BITS = 240
# Decimal digits, and again where these cancel.
_PRECISIONS = (60, 400)
# Calls of functions in high precision, a second or two, for the points of one call; and cells without a polynomial.
_EFFORT = 20_000
_FAILURES = 4
_MOST_CELLS = 100

_Cell = tuple[int, int]


class UndefinedError(Exception):
    """The expression has no real value at a place, or none that could be found."""


class NotRealError(UndefinedError):
    """Its value is complex."""


@dataclass(frozen=True)
class Polynomial:
    """Σ a_j t^j with t = (x - center) / width, on |t| <= 1/2."""

    center: float
    width: float
    coefficients: Array

    def derivatives(self, x: Array, highest: int) -> Array:
        """The derivatives up to the highest, (highest + 1, n)."""
        t, coefficients = (x - self.center) / self.width, self.coefficients
        result = np.empty((highest + 1, len(x)))
        for order in range(highest + 1):
            result[order] = np.polynomial.polynomial.polyval(t, coefficients) / self.width**order
            coefficients = np.asarray(np.polynomial.polynomial.polyder(coefficients), np.float64)
        return result


@dataclass
class LocalPolynomials:
    """The polynomials of one expression, made where they are first needed."""

    tree: Node
    evaluate: Callable[[Array], Array]
    cells: dict[_Cell, Polynomial | None] = field(default_factory=dict)

    def derivatives(self, x: Array, highest: int) -> tuple[NDArray[np.bool_], Array]:
        """Which of the points (n,) have a polynomial, and the derivatives there, (highest + 1, n)."""
        found, result = np.zeros(len(x), dtype=bool), np.full((highest + 1, len(x)), np.nan)
        pending = np.flatnonzero(np.isfinite(x))
        budget, failures, self._effort = _MOST_CELLS, 0, 0
        while len(pending) and failures < _FAILURES and budget and self._effort < _EFFORT:
            cell, polynomial = self._cell_of(float(x[pending[0]]))
            inside = pending[np.floor(np.ldexp(x[pending], -cell[0])) == cell[1]]
            inside = inside if len(inside) else pending[:1]
            if polynomial is None:
                failures += 1
            elif len(np.unique(np.floor(np.ldexp(x[pending], -cell[0])))) > budget:
                break  # more cells than could be made
            else:
                found[inside] = True
                result[:, inside] = polynomial.derivatives(x[inside], highest)
            pending, budget = np.setdiff1d(pending, inside), budget - 1
        return found, result

    def _cell_of(self, x: float) -> tuple[_Cell, Polynomial | None]:
        """The widest cell around x that has a polynomial; or the narrowest."""
        cell = (_LEVELS[-1], floor(ldexp(x, -_LEVELS[-1])))
        for level in self._promising_levels(x):
            cell = (level, floor(ldexp(x, -level)))
            if cell not in self.cells:
                self._effort += _NODES * _size(self.tree)
                self.cells[cell] = _interpolate(self.tree, cell, x)
            if self.cells[cell] is not None:
                return cell, self.cells[cell]
        return cell, None

    def _promising_levels(self, x: float) -> list[int]:
        """The levels at which the function looks smooth in float64."""
        for level in _LEVELS:
            if self.cells.get((level, floor(ldexp(x, -level)))) is not None:
                return [level]
        levels = np.array(_LEVELS, dtype=np.float64)
        widths = np.exp2(levels)
        centers = (np.floor(x / widths) + 0.5) * widths
        points = chebyshev.chebpts1(_NODES)
        values = self.evaluate((centers[:, None] + widths[:, None] * points).ravel()).reshape(len(levels), _NODES)
        with np.errstate(all="ignore"):
            sizes = np.abs(values @ chebyshev.chebvander(points, _NODES - 1))
            smooth = sizes[:, _MIDDLE].max(axis=1) <= _SMALL * sizes.max(axis=1)
        # In a wider cell the function may be much larger than at x, and the polynomial's rounding with it.
        narrow = widths <= _WIDEST * max(1.0, abs(x))
        promising = [level for level, is_candidate in zip(_LEVELS, smooth & narrow, strict=True) if is_candidate]
        return promising[:_TRIES] or list(_USUAL_LEVELS)


def value(tree: Node, x: float) -> Any:
    """The value at x in high precision.

    Raises:
        UndefinedError: there is none, or none that is real.
    """
    context = _context()
    context.dps = _PRECISIONS[0]
    return _evaluate(tree, context.mpf(x), context)


@cache
def _size(tree: Node) -> int:
    return 1 + sum(map(_size, tree.arguments)) if isinstance(tree, Apply) else 1


def _interpolate(tree: Node, cell: _Cell, x: float) -> Polynomial | None:
    """The polynomial of a cell, if there is one, whose value at x is the expression's where that has one."""
    level, index = cell
    width = 2.0**level
    center = (index + 0.5) * width
    if center == index * width:  # the cell is narrower than the floats around it
        return None
    try:
        for digits in _PRECISIONS:
            values = _sample(tree, center, width, digits)
            coefficients = _coefficients(values)
            if coefficients is not None:
                made = Polynomial(center, width, coefficients)
                return made if _agrees(made, tree, x) else None
            if not _cancels(tree, center + width / 7, digits):
                return None
    except (UndefinedError, OverflowError):
        pass
    return None


def _sample(tree: Node, center: float, width: float, digits: int) -> list[Any]:
    context = _context()
    context.dps = digits
    middle = context.mpf(center)
    return [_evaluate(tree, middle + width * point, context) for point in _cosines()[1 : 2 * _NODES : 2]]


def _cancels(tree: Node, x: float, digits: int) -> bool:
    """Whether that many digits are too few."""
    context = _context()
    values = []
    for context.dps in (digits, 2 * digits + 20):
        values.append(_evaluate(tree, context.mpf(x), context))
    return bool(abs(values[1] - values[0]) > 1e-35 * abs(values[0]))


def _agrees(polynomial: Polynomial, tree: Node, x: float) -> bool:
    try:
        exact = float(value(tree, x))
    except UndefinedError:
        return True
    found = float(polynomial.derivatives(np.array([x]), 0)[0, 0])
    return abs(found - exact) <= 1e-12 * float(np.abs(polynomial.coefficients).max())


def _coefficients(values: list[Any]) -> Array | None:
    """The coefficients of the interpolant in powers of t, where the function is resolved, in integer arithmetic."""
    context = _context()
    largest = max(map(abs, values))
    if largest == 0:
        return np.zeros(1)
    shift = int(context.mag(largest))
    integers = np.array([int(context.floor(context.ldexp(v, _BITS - shift))) for v in values], dtype=object)
    to_chebyshev, to_powers = _transforms()
    sizes = np.abs(to_chebyshev @ integers)
    if max(sizes[_LAST]) > _NEGLIGIBLE * float(max(sizes)):
        return None
    return np.array([ldexp(float(a) / _NODES, shift - 2 * _BITS) for a in to_powers @ integers])


@cache
def _cosines() -> list[Any]:
    """cos(πk / 2N) in the highest precision: the points are those of odd k, and T_j there is the one of j k."""
    context = _context()
    context.dps = _PRECISIONS[-1]
    return [context.cospi(context.mpf(k) / (2 * _NODES)) for k in range(4 * _NODES)]


@cache
def _transforms() -> tuple[NDArray[Any], NDArray[Any]]:
    """The transforms of values to Chebyshev coefficients, and to those of powers; times 2**_BITS, as integers."""
    context, cosines = _context(), _cosines()
    integers = [int(context.nint(context.ldexp(c, _BITS))) for c in cosines]
    rows = [[integers[(2 * i + 1) * j % (4 * _NODES)] for i in range(_NODES)] for j in range(_NODES)]
    to_chebyshev = np.array(rows, dtype=object) * 2
    to_chebyshev[0] //= 2
    powers = np.array(list(_chebyshev_powers()), dtype=object)
    return to_chebyshev, powers.T @ to_chebyshev


def _chebyshev_powers() -> Iterator[list[int]]:
    """The coefficients of T_0, T_1, … by T_n+1 = 2 t T_n - T_n-1."""
    before, row = [0] * _NODES, [1] + [0] * (_NODES - 1)
    for n in range(_NODES):
        yield row
        factor = 2 if n else 1
        before, row = row, [factor * a - b for a, b in zip([0, *row[:-1]], before, strict=True)]


# What the magnitude of an argument may be, in bits: beyond it high precision takes long.
_LARGEST_ARGUMENT, _SLOW_ARGUMENT = 24, 9


@cache
def _context() -> Any:
    import mpmath  # seldom needed

    untyped: Any = mpmath
    return untyped.MPContext()


@cache
def _functions() -> dict[str, Callable[..., Any]]:
    mp = _context()

    def guarded(function: Callable[[Any], Any], bits: int = _LARGEST_ARGUMENT) -> Callable[[Any], Any]:
        def call(u: Any) -> Any:
            if u and mp.mag(u) > bits:
                raise UndefinedError
            return function(u)

        return call

    names = ("exp", "expm1", "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "sech", "csch", "coth")
    free = ("log", "log10", "log1p", "sqrt", "asin", "acos", "atan", "asinh", "acosh", "atanh", "sign")
    slow = ("erf", "erfc", "gamma")
    return {
        **{name: guarded(getattr(mp, name)) for name in names},
        **{name: guarded(getattr(mp, name), _SLOW_ARGUMENT) for name in slow},
        **{name: getattr(mp, name) for name in free},
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "neg": lambda a: -a,
        "**": _power,
        "log2": lambda u: mp.log(u) / mp.ln2,
        "cbrt": lambda u: mp.sign(u) * mp.cbrt(abs(u)),
        "sinc": guarded(lambda u: mp.sinpi(u) / (mp.pi * u)),
        "sigmoid": guarded(lambda u: 1 / (1 + mp.exp(-u))),
        "abs": abs,
        "max": max,
        "min": min,
        "heaviside": lambda u, middle=0.5: (mp.sign(u) + 1) / 2 if u else mp.mpf(middle),
    }


def _power(base: Any, exponent: Any) -> Any:
    mp = _context()
    if base and exponent and mp.mag(mp.log(abs(base)) * exponent) > _LARGEST_ARGUMENT:
        raise UndefinedError
    return base**exponent


def _evaluate(tree: Node, x: Any, context: Any) -> Any:
    if isinstance(tree, Number):
        return getattr(context, tree.exact_name) + 0 if tree.exact_name else context.mpf(tree.value)
    if not isinstance(tree, Apply):
        return x
    arguments = map(partial(_evaluate, x=x, context=context), tree.arguments)
    try:
        result = _functions()[tree.function](*arguments)
    except (ZeroDivisionError, ValueError, OverflowError) as error:
        raise UndefinedError from error
    if isinstance(result, context.mpc):
        raise NotRealError
    if not context.isfinite(result):
        raise UndefinedError
    return result
