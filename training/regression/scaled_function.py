"""A target on [-1, 1], with a mean of zero and a variance of one: what solvers look at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.samples import Samples
from training.features.resolution import MOST_PIECES, Density, resolve
from training.models.networks import Scaling
from training.targets.named import Target

Array = NDArray[np.float64]

_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ScaledFunction:
    """A function of u on [-1, 1], and its derivatives in u."""

    target: Target
    domain: tuple[float, float]
    scaling: Scaling

    def __call__(self, u: Array, order: int) -> Array:
        """The derivative of an order at u (n,)."""
        s = self.scaling
        x = np.clip(s.x_center + s.x_scale * u, *self.domain)
        y = self.target.derivative(x, order) - (s.y_center if order == 0 else 0.0)
        return np.asarray(y * (s.x_scale**order / s.y_scale))

    def density(self, samples: Samples, most: int = MOST_PIECES) -> Density:
        """How finely the function has to be looked at; it is known to have these samples, too."""
        s = self.scaling
        u, y = (samples.x - s.x_center) / s.x_scale, (samples.y - s.y_center) / s.y_scale
        largest = max(map(abs, self.domain)) / s.x_scale, float(np.abs(samples.y).max()) / s.y_scale
        return Density(resolve(self, u, y, (_EPSILON * largest[0], _EPSILON * largest[1]), most).edges)
