"""Targets that a user writes as an expression in x, such as exp(-x**2)*cos(3*x).

The text is never executed. Python's parser makes a tree of it; a tree of anything but the allowed nodes is refused, and
an allowed one is evaluated node by node in float64. No number in it can therefore cost time or memory: one that is too
large is infinite, which check refuses.

SymPy differentiates the elementary functions; the chain rule, the product rule and the like are applied to truncated
Taylor series instead of formulas. The derivatives are just as exact, whereas formulas grow exponentially with the
order: that of the 8th derivative of exp(-x**2)*tanh(x)*erf(x)/(1+x**2) has 9,482 operations and takes SymPy seconds.
"""

import ast
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from math import e, factorial, isfinite, pi
from typing import Any, NoReturn

import numpy as np
import sympy
from numpy.typing import NDArray

from training.digits import digits_on, ends
from training.errors import InvalidParameter
from training.targets import Array, Target

# Coefficients c_0 … c_K of Taylor series around n points, shape (K + 1, n): float64, or complex128 for is_complex.
Series = NDArray[Any]

MAX_LENGTH = 500
# It bounds the depth as well, hence the recursion over the tree.
MAX_NODES = 200
# Smooth ones only: abs and sign have a derivative that is no function.
FUNCTIONS = (
    *("exp", "log", "ln", "sqrt", "erf"),
    *("sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
CONSTANTS = {"pi": pi, "e": e, "E": e}

_ALLOWED = (
    "allowed are gaussian, psi_N, psi_N^2 and expressions of numbers, x, pi, e, + - * / ** ^ ( ) and the functions "
    + ", ".join(FUNCTIONS)
)
_FOREIGN_CHARACTER = re.compile(r"[^A-Za-z0-9_.,+\-*/^() \t]")

_SAMPLES = 40_001
_SUSPECTS = 32
# A window shrinks to a quarter in each step: from 1e-4 of the domain to neighbouring floats.
_ZOOM_STEPS = 24


@dataclass(frozen=True)
class Expression:
    """An expression in x; made by parse."""

    name: str
    tree: ast.expr = field(repr=False, compare=False)

    def derivative(self, x: Array, order: int = 0) -> Array:
        """The order-th Taylor coefficient times order!; not finite where the expression or a rule for it is not."""
        result: Array = self._taylor(np.asarray(x, dtype=np.float64), order)[order] * float(factorial(order))
        return result

    def is_complex(self, x: float) -> bool:
        """Whether the value at x is not a real number but a complex one."""
        value = self._taylor(np.array([x], dtype=np.complex128), 0)
        return bool(np.isnan(self.derivative(np.array([x])))[0] and np.isfinite(value).all())

    def _taylor(self, x: NDArray[Any], order: int) -> Series:
        identity = np.zeros((order + 1, len(x)), dtype=x.dtype)
        identity[0] = x
        identity[1:2] = 1
        with np.errstate(all="ignore"):  # check tells where a value is not finite, better than a warning
            return _evaluate(self.tree, identity)


def parse(text: str) -> Expression:
    """The expression that a text stands for; ^ is a way to write **.

    Raises:
        InvalidParameter: the text is not an expression of the allowed nodes, or it is too long.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidParameter(
            f"target: {text[:20]!r}… has {len(text)} characters; allowed is an expression in x of at most {MAX_LENGTH}"
        )
    if foreign := _FOREIGN_CHARACTER.search(text):
        _refuse(text, f"the character {foreign[0]!r} is not allowed")
    # To Python ^ is another operator, which binds less than +.
    source = text.strip().replace("^", "**")
    tree = _read(text, source)
    nodes = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if nodes > MAX_NODES:
        _refuse(text, f"it has {nodes} parts, at most {MAX_NODES} are allowed")
    _validate(tree, text, source)
    # No two allowed tokens need white space between them.
    return Expression("".join(source.split()), tree)


def _refuse(text: str, reason: str) -> NoReturn:
    raise InvalidParameter(f"target: {text!r} is not an expression in x: {reason}; {_ALLOWED}")


def _read(text: str, source: str) -> ast.expr:
    """The tree of Python's parser, which runs nothing."""
    try:
        with warnings.catch_warnings():  # of spellings like 1or 2, which are refused anyway
            warnings.simplefilter("ignore")
            return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # the latter two at too deep a nesting
        _refuse(text, "its syntax is wrong" if source else "it is empty")


def _validate(node: ast.expr, text: str, source: str) -> None:
    """Refuses every tree that _evaluate does not know, with the part that is to blame."""
    part = source[node.col_offset : node.end_col_offset]
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not _is_float64(value):
                _refuse(text, f"the number {part} is beyond float64")
        case ast.Name(id=name):
            if name != "x" and name not in CONSTANTS:
                hint = " needs an argument in ( )" if name in FUNCTIONS else " is unknown"
                _refuse(text, f"the name {name!r}{hint}")
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            _validate(operand, text, source)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow(), right=right):
            _validate(left, text, source)
            _validate(right, text, source)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            _validate_call(name, arguments, text)
            _validate(arguments[0], text, source)
        case _:
            _refuse(text, f"{part!r} is not allowed")


def _validate_call(name: str, arguments: list[ast.expr], text: str) -> None:
    if name not in FUNCTIONS:
        _refuse(text, f"the function {name!r} is unknown")
    if len(arguments) != 1:
        _refuse(text, f"{name} takes 1 argument, not {len(arguments)}")


def _is_float64(value: float) -> bool:
    try:
        return isfinite(float(value))
    except OverflowError:  # of an int
        return False


def _evaluate(node: ast.expr, x: Series) -> Series:
    """The series of a validated tree, where x is that of the identity."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return _constant(float(value), x)
        case ast.Name(id=name):
            return x if name == "x" else _constant(CONSTANTS[name], x)
        case ast.UnaryOp(op=op, operand=operand):
            return -_evaluate(operand, x) if isinstance(op, ast.USub) else _evaluate(operand, x)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return _apply(name, _evaluate(argument, x))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_evaluate(left, x), right, x)
        case ast.BinOp(left=left, op=op, right=right):
            return _combine(op, _evaluate(left, x), _evaluate(right, x))
    raise AssertionError(f"{node} was not validated")


def _constant(value: float, like: Series) -> Series:
    series = np.zeros_like(like)
    series[0] = value
    return series


def _combine(op: ast.operator, left: Series, right: Series) -> Series:
    if isinstance(op, ast.Mult):
        return _multiply(left, right)
    if isinstance(op, ast.Div):
        return _multiply(left, _real_power(right, -1.0))
    result: Series = left + right if isinstance(op, ast.Add) else left - right
    return result


def _multiply(left: Series, right: Series) -> Series:
    """Leibniz' rule."""
    return np.stack([(left[: k + 1] * right[k::-1]).sum(axis=0) for k in range(len(left))])


def _power(base: Series, exponent: ast.expr, x: Series) -> Series:
    if any(isinstance(node, ast.Name) and node.id == "x" for node in ast.walk(exponent)):
        return _apply("exp", _multiply(_evaluate(exponent, x), _apply("log", base)))
    return _real_power(base, float(_evaluate(exponent, np.zeros((1, 1)))[0, 0]))


def _real_power(base: Series, exponent: float) -> Series:
    """The binomial series of base**exponent."""
    outer, factor = [], 1.0
    for k in range(len(base)):
        # The factor is 0 beyond an exponent 0, 1, 2, …, even where the power that it multiplies is infinite.
        outer.append(factor * base[0] ** (exponent - k) if factor else np.zeros_like(base[0]))
        factor *= (exponent - k) / (k + 1)
    return _compose(outer, base)


def _apply(function: str, inner: Series) -> Series:
    outer = [_elementary(function, k)(inner[0]) / factorial(k) for k in range(len(inner))]
    return _compose(outer, inner)


def _compose(outer: list[Series], inner: Series) -> Series:
    """Σ outer_m · (inner - inner_0)^m by Horner's rule, with the coefficients outer_m, each (n,), at inner_0."""
    result = _constant(0.0, inner)
    for coefficient in reversed(outer):
        # Without the factor 0 at order 0, or an infinite derivative would reach the orders below its own.
        products = [(result[:k] * inner[k:0:-1]).sum(axis=0) for k in range(1, len(inner))]
        result = np.stack([coefficient, *products])
    return result


@cache
def _elementary(function: str, order: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """A derivative of one of FUNCTIONS. The code that lambdify executes is of SymPy's; no text of a user reaches it."""
    u = sympy.Symbol("u")
    derivative = sympy.diff(getattr(sympy, function)(u), u, order)
    compiled: Callable[[NDArray[Any]], NDArray[Any]] = sympy.lambdify(u, derivative, ["scipy", "numpy"], cse=True)
    return compiled


def check(target: Target, domain: tuple[float, float], orders: int) -> None:
    """Samples the target and its derivatives up to the given order, at the places where trouble is likely too.

    Raises:
        InvalidParameter: one of them is not a finite number somewhere in the domain, or has a pole or a jump.
    """
    low, high = domain
    grid = np.linspace(low, high, _SAMPLES)
    # Rounding keeps the grid from the integers, where poles are likely.
    integers = np.arange(np.ceil(low), min(np.floor(high), np.ceil(low) + _SAMPLES) + 1)
    points = np.union1d(grid, integers)
    for order in range(orders + 1):
        values = target.derivative(points, order)
        if not np.isfinite(values).all():
            place = float(points[~np.isfinite(values)][0])
            kind = "real" if isinstance(target, Expression) and target.is_complex(place) else "finite"
            _reject(target, order, f"is not {kind}", place, domain)
    with np.errstate(all="ignore"):  # where differences overflow
        _check_continuity(target, grid, orders)


def _check_continuity(target: Target, grid: Array, orders: int) -> None:
    """Follows the steepest places of each derivative down to neighbouring floats.

    There a smooth function is constant and one with a pole or a jump is not, however it falls between the points of
    the grid. A spike too narrow for the grid is refused with them: no training sees it either.
    """
    domain = (float(grid[0]), float(grid[-1]))
    width, scale = domain[1] - domain[0], 0.0
    for order in range(orders + 1):
        values = target.derivative(grid, order)
        # Of the lower orders too: where a derivative vanishes, its values are their rounding errors.
        scale = max(scale / width, float(np.abs(values).max()))
        places, rises = _steepest(partial(target.derivative, order=order), grid, values)
        suspects = places[~(rises <= 1e-6 * scale)]  # also those that are not a number
        if len(suspects):
            _reject(target, order, "seems to have a pole or a jump", float(suspects.min()), domain)


def _steepest(function: Callable[[Array], Array], grid: Array, values: Array) -> tuple[Array, Array]:
    """Places (s,) that may be singular, and how much the function still varies between the floats around them (s,)."""
    changes = _changes(values)
    # How much steeper than the surroundings, or the steep part of a smooth function would hide a pole elsewhere.
    padded = np.pad(changes, 5, mode="edge")
    suspects = np.argsort(changes - (padded[:-10] + padded[10:]) / 2)[-_SUSPECTS:]
    left, right = grid[np.maximum(suspects - 2, 0)], grid[np.minimum(suspects + 2, len(grid) - 1)]
    for _ in range(_ZOOM_STEPS):
        points = np.linspace(left, right, 17, axis=1)
        zoomed = function(points.ravel()).reshape(points.shape)
        rows, steepest = np.arange(len(points)), _changes(zoomed).argmax(axis=1)
        # Two intervals to either side, as an even pole is as steep beside the one that it is in.
        left, right = points[rows, np.maximum(steepest - 2, 0)], points[rows, np.minimum(steepest + 2, 16)]
    return (left + right) / 2, np.ptp(zoomed, axis=1)


def _changes(values: Array) -> Array:
    """How much the values change around each, along the last axis; where that is not a number it is infinite."""
    steps = np.abs(np.diff(values, axis=-1))
    steps[np.isnan(steps)] = np.inf
    ends = np.zeros_like(steps[..., :1])
    result: Array = np.concatenate([ends, steps], axis=-1) + np.concatenate([steps, ends], axis=-1)
    return result


def _reject(target: Target, order: int, fault: str, place: float, domain: tuple[float, float]) -> NoReturn:
    subject = f"the derivative of order {order} of {target.name}" if order else target.name
    # + 0 shows -0 as 0.
    x = f"{place + 0:.{digits_on(domain)}g}"
    raise InvalidParameter(f"target: {subject} {fault} at x = {x} (domain {','.join(ends(domain))})")
