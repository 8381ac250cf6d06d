"""Targets that a user writes as an expression in one variable, such as exp(-x²) cos(3x): read and checked."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.errors import InvalidParameter
from training.parameters.digits import digits_on, ends
from training.targets.domain import Domain
from training.targets.expression import Expression
from training.targets.kinks import kink_warnings, kinks
from training.targets.names import CONSTANTS, FUNCTIONS
from training.targets.parser import parse_tree
from training.targets.target import Target, derivatives
from training.targets.tree import spell

__all__ = ["CONSTANTS", "FUNCTIONS", "check", "parse", "variable_of", "warnings"]

_SAMPLES = 40_001
_SUSPECTS = 32
# A window shrinks to a quarter in each step: from 1e-4 of the domain to neighbouring floats.
_ZOOM_STEPS = 24
# Relative to the derivative: so much, and no more, may it vary between neighbouring floats.
_SMOOTH = 1e-6


@lru_cache
def parse(text: str) -> Expression:
    """The expression that a text stands for; the text is never executed.

    Raises:
        InvalidParameter: the text is not an expression in one variable, or it is too long.
    """
    tree, variable = parse_tree(text)
    return Expression(spell(tree), variable, tree)


def variable_of(target: Target) -> str:
    """What a target's variable is called."""
    return target.variable if isinstance(target, Expression) else "x"


def warnings(target: Target, domain: Domain) -> list[str]:
    """What a user should know of a target's derivatives: where they jump."""
    return kink_warnings(target, domain) if isinstance(target, Expression) else []


def check(target: Target, domain: Domain, orders: int) -> None:
    """Samples the target and its derivatives up to the given order, at the places where trouble is likely too.

    Raises:
        InvalidParameter: one of them is not a finite number somewhere in the domain, or has a pole or a jump.
    """
    breaks = _breaks(target, domain)
    if isinstance(target, Expression):
        # What is finite and smooth in spite of lost digits is so without them, and found out sooner.
        with suppress(InvalidParameter):
            _check(target.unguarded, domain, orders, breaks)
            return
    _check(target, domain, orders, breaks)


def _check(target: Target, domain: Domain, orders: int, breaks: Array) -> None:
    low, high = domain
    grid = np.linspace(low, high, _SAMPLES)
    # Rounding keeps the grid from the integers, where poles are likely.
    integers = np.arange(np.ceil(low), min(np.floor(high), np.ceil(low) + _SAMPLES) + 1)
    points = np.unique(np.concatenate([grid, integers, breaks.ravel()]))
    tables = list(derivatives(target, points, orders))
    for order, values in enumerate(tables):
        if not np.isfinite(values).all():
            place = float(points[~np.isfinite(values)][0])
            is_complex = order == 0 and isinstance(target, Expression) and target.is_complex(place)
            kind = "real" if is_complex else "finite"
            _reject(target, order, f"is not {kind}", place, domain)
    with np.errstate(all="ignore"):  # where differences overflow
        on_grid = np.searchsorted(points, grid)
        _check_continuity(target, grid, breaks, [values[on_grid] for values in tables])


def _breaks(target: Target, domain: Domain) -> Array:
    """The last point before each corner or jump that the user asked for and the first behind it, (breaks, 2)."""
    found = kinks(target, domain) if isinstance(target, Expression) else []
    return np.array([(kink.low, kink.high) for kink in found]).reshape(-1, 2)


def _check_continuity(target: Target, grid: Array, breaks: Array, tables: Sequence[Array]) -> None:
    """Follow the steepest places of each derivative, whose values are given, between the breaks, down to neighbouring
    floats.

    There a smooth function is constant and one with a pole or a jump is not, however it falls between the points of
    the grid. A spike too narrow for the grid is refused with them: no training sees it either.
    """
    domain = Domain(float(grid[0]), float(grid[-1]))
    width, scale = domain.width, 0.0
    for order, values in enumerate(tables):
        # Of the lower orders too: where a derivative vanishes, its values are their rounding errors.
        scale = max(scale / width, float(np.abs(values).max()))
        windows = _steepest(grid, values, breaks)
        places, rises = _zoom(partial(target.derivative, order=order), *windows, _SMOOTH / 100 * scale)
        suspects = places[~(rises <= _SMOOTH * scale)]  # also those that are not a number
        if len(suspects):
            _reject(target, order, "seems to have a pole or a jump", float(suspects.min()), domain)


def _steepest(grid: Array, values: Array, breaks: Array) -> tuple[Array, Array]:
    """Windows that may be singular, their left and right ends (s,); none reaches over a break."""
    changes = _changes(values, (grid[:-1, None] <= breaks[:, 1]) & (grid[1:, None] >= breaks[:, 0]))
    # How much steeper than the surroundings, or the steep part of a smooth function would hide a pole elsewhere.
    padded = np.pad(changes, 5, mode="edge")
    suspects = np.argsort(changes - (padded[:-10] + padded[10:]) / 2)[-_SUSPECTS:]
    left, right = grid[np.maximum(suspects - 2, 0)], grid[np.minimum(suspects + 2, len(grid) - 1)]
    lows, highs = breaks.T
    piece = np.searchsorted(lows, grid[suspects])
    left = np.maximum(left, np.append(-np.inf, highs)[piece])
    return left, np.maximum(left, np.minimum(right, np.append(lows, np.inf)[piece]))


def _zoom(function: Callable[[Array], Array], left: Array, right: Array, negligible: float) -> tuple[Array, Array]:
    """The steepest places of windows, (s,), and how much the function still varies there, (s,).

    The windows shrink to neighbouring floats, or until it varies negligibly in all of them.
    """
    for _ in range(_ZOOM_STEPS):
        points = np.linspace(left, right, 17, axis=1)
        zoomed = function(points.ravel()).reshape(points.shape)
        rows, steepest = np.arange(len(points)), _changes(zoomed).argmax(axis=1)
        # Two intervals to either side, as an even pole is as steep beside the one that it is in.
        left, right = points[rows, np.maximum(steepest - 2, 0)], points[rows, np.minimum(steepest + 2, 16)]
        rises = np.ptp(zoomed, axis=1)
        if (rises <= negligible).all():
            break
    return (left + right) / 2, rises


def _changes(values: Array, skipped: NDArray[np.bool_] | None = None) -> Array:
    """How much the values change around each, along the last axis; where that is not a number it is infinite."""
    steps = np.abs(np.diff(values, axis=-1))
    steps[np.isnan(steps)] = np.inf
    if skipped is not None:
        steps[skipped.any(axis=1)] = 0
    ends = np.zeros_like(steps[..., :1])
    result: Array = np.concatenate([ends, steps], axis=-1) + np.concatenate([steps, ends], axis=-1)
    return result


def _reject(target: Target, order: int, fault: str, place: float, domain: Domain) -> NoReturn:
    subject = f"the derivative of order {order} of {target.name}" if order else target.name
    # + 0 shows -0 as 0.
    at = f"{variable_of(target)} = {place + 0:.{digits_on(domain)}g}"
    raise InvalidParameter(f"target: {subject} {fault} at {at} (domain {','.join(ends(domain))})")
