"""Fits of functions that may be sampled anywhere, with what is reached at points that no fit has seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from training.arrays import Array
from training.data.box import Box
from training.data.designs import sample
from training.models.field_network import OUTPUTS, FieldLayers, FieldNetwork, evaluate
from training.surrogates.placed import MOST_UNITS, Placed, fits
from training.surrogates.samples import FieldSamples, relative_errors

# Of x (n, d) and an order: the values (n, m), gradients (n, m, d) and Hessians (n, m, d, d) up to it.
Function = Callable[[Array, int], tuple[Array, ...]]

# Points by which fits are compared, and others at which the last one is judged.
_COMPARED, _JUDGED = 1_000, 4_000
# Relative L2 errors of value, gradient and Hessian above which a function is not resolved.
_RESOLVED = (1e-8, 1e-6, 1e-4)
_SEEDS = (101, 102)


@dataclass(frozen=True)
class FunctionFit:
    """A fit of a function.

    Attributes:
        layers: the network.
        errors: relative L2 of value, gradient and Hessian at points that were not looked at before.
        max_error: the largest error of a value there, relative to the spread of its output.
        max_error_place: where that is, (d,).
        warnings: what a user should know of it; empty where the function is resolved.
    """

    layers: FieldLayers
    errors: tuple[float, ...]
    max_error: float
    max_error_place: Array
    warnings: tuple[str, ...]


def rounds(
    function: Function, box: Box, x: Array, seed: int, activation: str = "tanh", most_units: int = MOST_UNITS
) -> Iterator[Placed]:
    """Better and better fits of a function to its samples at x (n, d), from a second's quarter to some seconds each."""
    samples = FieldSamples(x, function(x, 0))
    yield from fits(samples, _unseen(function, box, _COMPARED, seed, _SEEDS[0]), box, seed, activation, most_units)


def judged(function: Function, box: Box, fit: Placed, seed: int) -> FunctionFit:
    """A fit with its errors at points of its own, spread evenly and towards the edges."""
    unseen = _unseen(function, box, _JUDGED, seed, _SEEDS[1])
    errors = relative_errors(fit.layers, unseen)
    spread = unseen.y.std(axis=0)
    off = np.abs(evaluate(FieldNetwork(fit.layers), unseen.x)[0] - unseen.y) / np.where(spread > 0, spread, 1.0)
    worst = int(np.argmax(off.max(axis=1)))
    return FunctionFit(fit.layers, errors, float(off[worst].max()), unseen.x[worst], tuple(_warnings(errors, len(off))))


def fit(
    function: Function, box: Box, x: Array, seed: int = 0, activation: str = "tanh", most_units: int = MOST_UNITS
) -> FunctionFit:
    """The best fit of a function to its samples at x (n, d), judged."""
    *_, best = rounds(function, box, x, seed, activation, most_units)
    return judged(function, box, best, seed)


def _warnings(errors: tuple[float, ...], points: int) -> Iterator[str]:
    if not all(error <= limit for error, limit in zip(errors, _RESOLVED, strict=True)):
        found = ", ".join(f"{name} {error:.1g}" for name, error in zip(OUTPUTS, errors, strict=True))
        yield (
            f"the function is not resolved: relative L2 errors at {points:,} other points are {found}; "
            "a smaller domain, more points or more units may help"
        )


def _unseen(function: Function, box: Box, points: int, seed: int, number: int) -> FieldSamples:
    half = points // 2
    designs = [
        sample(box, half, "uniform", seed + 1_000 * number),
        sample(box, points - half, "arcsine", seed + number),
    ]
    x = np.concatenate(designs)
    return FieldSamples(x, function(x, 2))
