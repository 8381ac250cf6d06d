"""Hidden layers to start from, where the optimizer is not a gradient descent; and which samples it looks at."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.features.resolution import Density

# Kinks of the first layer lie on [-1.1, 1.1]: some beyond the ends, where a fit is worst.
_REACH = 1.1
# Of 2, 2.5, 3 and 3.5 at 30 units, and of 4 to 8 at 200, the slopes with the lowest errors of f'' over five seeds.
_SLOPE, _SLOPE_UNITS, _SLOPE_POWER = 2.5, 30, 0.46
_SLOPE_SPREAD = 0.3
# Of the weights behind the first layer, in units of √(3 / fan-in).
_GAIN = 0.5
# Fewer lost a digit of |psi_3|², more gained nothing.
_MIN_NODES, _NODES_PER_UNIT = 180, 1.5
# A polynomial of degree 16 on each piece is the function; narrow networks follow no more pieces than these.
_NODES_PER_PIECE, _MOST_PIECES = 6, 80


def hidden_layers(
    hidden_sizes: tuple[int, ...], seed: int, slope: float | None = None, density: Density | None = None
) -> Array:
    """Weights (fan_in, fan_out) and biases of each layer, flat, for x on [-1, 1].

    The first layer's units change sign at evenly spaced places, or as closely as a density says, with slopes of either
    sign around one that grows with their number; the other layers are uniform with biases of zero.
    """
    generator, units = np.random.default_rng(seed), hidden_sizes[0]
    slope = slope or _SLOPE * max(1.0, units / _SLOPE_UNITS) ** _SLOPE_POWER
    places = np.linspace(-_REACH, _REACH, units) if units > 1 else np.zeros(1)
    slopes = slope * np.exp(generator.uniform(-_SLOPE_SPREAD, _SLOPE_SPREAD, units)) * generator.choice([-1, 1], units)
    if density is not None:
        places = _warped(places, density)
        slopes = slopes * density.at(places) * 2 / density.pieces
    parts = [slopes, -slopes * places]
    for fan_in, fan_out in pairwise(hidden_sizes):
        weights = _GAIN * np.sqrt(3 / fan_in) * generator.uniform(-1, 1, fan_in * fan_out)
        parts += [weights, np.zeros(fan_out)]
    return np.concatenate(parts)


def nodes(x: Array, hidden_sizes: tuple[int, ...], density: Density | None = None) -> NDArray[np.intp]:
    """The samples nearest to Chebyshev nodes, in order, for sorted x (n,) on [-1, 1]; all of them where these are few.

    A polynomial through them is nearly the best one, and so the error between them stays as small as at them; each
    iteration costs the square of their number. With a density they are Chebyshev's nodes between pieces.
    """
    count = max(_MIN_NODES, round(_NODES_PER_UNIT * max(hidden_sizes)))
    if density is not None:
        count = max(count, round(_NODES_PER_PIECE * min(density.pieces, _MOST_PIECES)))
    if len(x) <= count:
        return np.arange(len(x))
    chebyshev = -np.cos(np.pi * (np.arange(count) + 0.5) / count)
    if density is not None:
        chebyshev = _warped(chebyshev, density)
    right = np.clip(np.searchsorted(x, chebyshev), 1, len(x) - 1)
    nearest = np.where(chebyshev - x[right - 1] < x[right] - chebyshev, right - 1, right)
    return np.unique(nearest)


def _warped(u: Array, density: Density) -> Array:
    """Where as many of the density's pieces lie to the left as there would if all were alike."""
    return density.places((u + 1) / 2 * density.pieces)
