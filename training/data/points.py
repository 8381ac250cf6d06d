"""Points on a domain: where a function is sampled and where a fit is judged."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# One number for all fits, so that errors of different samplings can be compared; more than the samples of any study.
HELD_OUT_POINTS = 20_001
_CURVE_POINTS = 1_001


def equally_spaced(domain: tuple[float, float], points: int) -> Array:
    """The points of the domain, both ends included, shape (points,)."""
    return np.linspace(*domain, points)


def midpoints(domain: tuple[float, float], cells: int = HELD_OUT_POINTS) -> Array:
    """The middles of equal cells of the domain, shape (cells,): a dense grid that lies between the samples."""
    low, high = domain
    return low + (np.arange(cells, dtype=np.float64) + 0.5) * ((high - low) / cells)


def grid(domain: tuple[float, float]) -> Array:
    """The points at which curves are drawn, shape (1001,)."""
    return equally_spaced(domain, _CURVE_POINTS)
