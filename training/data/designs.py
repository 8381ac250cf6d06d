"""Where a function of several variables is sampled: designs on a box."""

from collections.abc import Callable

import numpy as np

from training.arrays import Array
from training.data.box import Box
from training.errors import InvalidParameter

MOST_POINTS = 10_000_000


def _sobol(points: int, d: int, seed: int) -> Array:
    from scipy.stats import qmc  # its import takes longer than all else here

    # A power of two of them is balanced; the first of more are as well spread as any number can be.
    return np.asarray(qmc.Sobol(d, rng=np.random.default_rng(seed)).random_base2(_bits(points))[:points])


def _latin_hypercube(points: int, d: int, seed: int) -> Array:
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(d, rng=np.random.default_rng(seed)).random(points))


def _uniform(points: int, d: int, seed: int) -> Array:
    return np.random.default_rng(seed).random((points, d))


def _arcsine(points: int, d: int, seed: int) -> Array:
    """Denser towards the edges, as Chebyshev's points are: there a fit would be worst."""
    return np.asarray((1 + np.sin(np.pi * (_uniform(points, d, seed) - 0.5))) / 2)


def _grid(points: int, d: int, seed: int) -> Array:
    """A grid of no more than the points, with as many to each side, the edges among them."""
    side = int(np.floor(points ** (1 / d) + 1e-9))
    if side < 2:
        raise InvalidParameter(
            f"points: a grid in {d} variables has at least {2**d} points, not {points}; design=sobol has any number"
        )
    axes = np.meshgrid(*[np.linspace(0, 1, side)] * d, indexing="ij")
    return np.stack(axes, axis=-1).reshape(-1, d)


_DESIGNS: dict[str, Callable[[int, int, int], Array]] = {
    "arcsine": _arcsine,
    "uniform": _uniform,
    "sobol": _sobol,
    "latin_hypercube": _latin_hypercube,
    "grid": _grid,
}
DESIGNS = tuple(_DESIGNS)


def sample(box: Box, points: int, design: str = "arcsine", seed: int = 0) -> Array:
    """Points of a design on the box, (n, d); n is the number of points but for a grid, which has sides of equal length.

    Raises:
        InvalidParameter: the design is unknown, or a grid would need more points.
    """
    if design not in _DESIGNS:
        raise InvalidParameter(f"design: {design!r} is not one of {', '.join(DESIGNS)}")
    if not 1 <= points <= MOST_POINTS:
        raise InvalidParameter(f"points: {points} are not between 1 and {MOST_POINTS:,}")
    return box.unscale(2 * _DESIGNS[design](points, box.dimension, seed) - 1)


def _bits(points: int) -> int:
    return max(0, (points - 1).bit_length())
