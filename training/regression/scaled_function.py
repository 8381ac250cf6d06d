"""A target on [-1, 1], with a mean of zero and a variance of one: what solvers look at."""

from dataclasses import dataclass, replace

import numpy as np

from training.arrays import Array
from training.data.samples import Samples
from training.features.resolution import MOST_PIECES, NARROWEST, Resolution, Rounding, resolve
from training.models.networks import Scaling
from training.targets.domain import Domain
from training.targets.target import Target, derivatives

# A piece of this part of the domain, and so near to x = 0, is better looked at from there.
_SHARP, _BESIDE = 1e-4, 1e-3
_NARROWEST_AT_ZERO = 2.0**-64
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ScaledFunction:
    """A function of u, on [-1, 1] where the scaling has the middle of the domain, and its derivatives in u."""

    target: Target
    domain: Domain
    scaling: Scaling

    def __call__(self, u: Array, order: int) -> Array:
        """The derivative of an order at u (n,)."""
        s = self.scaling
        y = self.target.derivative(self._x(u), order) - (s.y_center if order == 0 else 0.0)
        return np.asarray(y * (s.x_scale**order / s.y_scale))

    def unscaled(self, u: Array, highest: int) -> Array:
        """The target's derivatives in x up to the highest at u (n,), of the value what it is above its mean."""
        y = np.array(derivatives(self.target, self._x(u), highest))
        y[0] -= self.scaling.y_center
        return y

    def _x(self, u: Array) -> Array:
        return np.clip(self.scaling.x_center + self.scaling.x_scale * u, *self.domain)

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the domain, in u."""
        s = self.scaling
        low, high = ((x - s.x_center) / s.x_scale for x in self.domain)
        return low, high

    def resolution(self, samples: Samples, most: int = MOST_PIECES) -> Resolution:
        """How finely the function has to be looked at; it is known to have these samples, too."""
        s = self.scaling
        u, y = (samples.x - s.x_center) / s.x_scale, (samples.y - s.y_center) / s.y_scale
        of_y = _EPSILON * float(np.abs(samples.y).max()) / s.y_scale
        narrowest = NARROWEST if abs(sum(self.ends)) < 1 else _NARROWEST_AT_ZERO
        return resolve(self, u, y, Rounding(of_y, -s.x_center / s.x_scale, narrowest), self.ends, most)

    def around_zero(self, resolution: Resolution) -> "ScaledFunction | None":
        """The same with x = 0 at u = 0, where the function is sharp beside it: float64 is finest there."""
        edges, (low, high) = resolution.edges, self.domain
        narrowest = int(np.argmin(np.diff(edges)))
        origin = -self.scaling.x_center / self.scaling.x_scale
        near = np.abs(edges[narrowest : narrowest + 2] - origin).max() < _BESIDE
        if not near or edges[narrowest + 1] - edges[narrowest] > _SHARP or low == -high:
            return None
        return replace(self, scaling=replace(self.scaling, x_center=0.0))
