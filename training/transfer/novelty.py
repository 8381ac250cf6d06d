"""How far a picture is from all that a classifier has seen, by its features, and from where on that is "none of these".

The distance of a picture is that to the nearest of the training pictures: one less the Bhattacharyya coefficient
Σ √(p q) of their features, each divided by their sum. Measured on the cats, whose second class is the rest of the
world: at a threshold that keeps 99 % of the training pictures, it finds nine of ten pictures of digits, text, noise or
a plain colour, of which distances to the means of the classes (Mahalanobis') find none.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

# The part of the training pictures that the others make known.
KNOWN = 0.99
# Training pictures that are kept to compare with, 2.6 MB of the graph.
MOST = 512
_ROWS = 4_096
_FARTHEST = 1.0


@dataclass(frozen=True)
class Seen:
    """Training pictures to compare with.

    Attributes:
        roots: of their features, each divided by the sum of a picture's, (pictures, features).
        threshold: the distance above which a picture is none of these.
    """

    roots: NDArray[np.float32]
    threshold: float

    @classmethod
    def of(cls, features: NDArray[np.floating]) -> Self:
        """Keep some training pictures by their features (m, n); the threshold follows from the distances of all."""
        stride = -(-len(features) // MOST)
        roots = _roots(features)
        kept = roots[::stride].astype(np.float32)
        distances = np.empty(len(roots))
        for first in range(0, len(roots), _ROWS):
            rows = np.arange(first, min(first + _ROWS, len(roots)))
            alike = roots[rows] @ kept.T
            own = rows % stride == 0
            alike[np.flatnonzero(own), rows[own] // stride] = -np.inf
            distances[rows] = 1 - alike.max(1)
        compared = distances[np.isfinite(distances)]
        # One picture has no other to be compared with: then none is too far.
        return cls(kept, float(np.quantile(compared, KNOWN)) if compared.size else _FARTHEST)

    def distances(self, features: NDArray[np.floating]) -> NDArray[np.floating]:
        """The distances (m,) of pictures by their features (m, n)."""
        found: NDArray[np.floating] = 1 - (_roots(features) @ self.roots.T).max(1)
        return found


def _roots(features: NDArray[np.floating]) -> NDArray[np.floating]:
    sums = np.maximum(features.sum(1, keepdims=True), np.finfo(np.float32).tiny)
    found: NDArray[np.floating] = np.sqrt(features / sums)
    return found
