"""Where units may stand, and how many, for samples that cannot be taken anywhere else."""

import numpy as np

from training.arrays import Array
from training.features.resolution import Density

# Pieces of an even density; what counts is that they are equal.
_PIECES = 8
# Samples on a piece of a density that follows them, and pieces at most.
_SAMPLES, _MOST = 8, 64
# Samples are unevenly placed where the widest tenth of their distances is so many times the median.
_UNEVEN = 3.0
# Of a density that follows f'': to the power of 1/3, which makes errors of a cubic equal (de Boor, A Practical Guide to
# Splines, 1978), and so much of the mean beside it, so that no place is left out.
_POWER, _FLOOR, _CELLS = 1 / 3, 0.2, 256


def even() -> Density:
    """Everywhere alike."""
    return Density(np.linspace(-1, 1, _PIECES + 1))


def of_samples(u: Array) -> Density | None:
    """Place units as the samples at ascending u (n,) are; None where these are evenly placed."""
    distances = np.diff(u)
    distances = distances[distances > 0]
    if len(distances) < 2 or np.quantile(distances, 0.9) < _UNEVEN * np.median(distances):
        return None
    pieces = int(np.clip(len(u) // _SAMPLES, 4, _MOST))
    edges = np.unique(np.quantile(u, np.linspace(0, 1, pieces + 1)))
    edges[0], edges[-1] = -1.0, 1.0
    return Density(edges) if len(edges) > 2 else None


def of_curvature(u: Array, second_derivative: Array) -> Density:
    """More of them where f'' (n,) is larger, at u (n,) ascending from -1 to 1."""
    monitor = np.abs(second_derivative) ** _POWER
    monitor = monitor + _FLOOR * monitor.mean() + np.finfo(float).tiny
    cells = np.diff(u) * (monitor[1:] + monitor[:-1]) / 2
    total = np.concatenate([[0.0], np.cumsum(cells)])
    edges = np.interp(np.linspace(0, total[-1], _CELLS + 1), total, u)
    edges[0], edges[-1] = -1.0, 1.0
    return Density(np.unique(edges))
