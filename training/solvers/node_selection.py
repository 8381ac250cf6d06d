"""The samples that a solver looks at: those next to Chebyshev nodes."""

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.features.resolution import Density

# Fewer lost a digit of |psi_3|², more gained nothing.
_MIN_NODES, _NODES_PER_UNIT = 180, 1.5
# A polynomial of degree 16 on each piece is the function; narrow networks follow no more pieces than these.
_NODES_PER_PIECE, _MOST_PIECES = 6, 80


def node_selection(x: Array, hidden_sizes: tuple[int, ...], density: Density | None = None) -> NDArray[np.intp]:
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
        chebyshev = density.warped(chebyshev)
    right = np.clip(np.searchsorted(x, chebyshev), 1, len(x) - 1)
    nearest = np.where(chebyshev - x[right - 1] < x[right] - chebyshev, right - 1, right)
    return np.unique(nearest)
