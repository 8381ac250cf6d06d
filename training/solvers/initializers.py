"""Hidden layers to start from, where the optimizer is not a gradient descent."""

from itertools import pairwise

import numpy as np

from training.arrays import Array
from training.features.resolution import Density

# Kinks of the first layer lie on [-1.1, 1.1]: some beyond the ends, where a fit is worst.
_REACH = 1.1
# Of 2, 2.5, 3 and 3.5 at 30 units, and of 4 to 8 at 200, the slopes with the lowest errors of f'' over five seeds.
_SLOPE, _SLOPE_UNITS, _SLOPE_POWER = 2.5, 30, 0.46
_SLOPE_SPREAD = 0.3
# Of the weights behind the first layer, in units of √(3 / fan-in).
_GAIN = 0.5


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
        places = density.warped(places)
        slopes = slopes * density.at(places) * 2 / density.pieces
    parts = [slopes, -slopes * places]
    for fan_in, fan_out in pairwise(hidden_sizes):
        weights = _GAIN * np.sqrt(3 / fan_in) * generator.uniform(-1, 1, fan_in * fan_out)
        parts += [weights, np.zeros(fan_out)]
    return np.concatenate(parts)
