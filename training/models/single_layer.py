"""One layer of tanh units with its first two derivatives, in half of the time of jets, whose temporaries take the rest.

f = Σ c t + b,   f' = Σ (c w) g,   f'' = Σ (-2 c w²) t g   with t = tanh(w u + k) and g = 1 - t²
"""

from dataclasses import dataclass

import numpy as np

from training.arrays import Array
from training.models.chunks import chunks
from training.models.tanh import tanh

# The highest derivative.
HIGHEST = 2
# tanh of more is 1, to rounding. In wide layers most units are, and are left out.
_SATURATED, _WIDE = 19.1, 300


@dataclass(frozen=True)
class SingleLayer:
    """A network of u, which is scaled x: the weights and biases (units,) of the layer, and those of the output."""

    weights: Array
    biases: Array
    outputs: Array
    offset: float

    def evaluate(self, u: Array, order: int) -> Array:
        """The derivatives in u up to an order of 0, 1 or 2 at u (n,), shape (order + 1, n)."""
        found = np.empty((order + 1, len(u)))
        for chunk in chunks(len(u), len(self.weights)):
            layer = self._moving(u[chunk]) if len(self.weights) > _WIDE else self
            layer._fill(found[:, chunk], u[chunk])
        return found

    def _fill(self, found: Array, u: Array) -> None:
        w, c = self.weights, self.outputs
        t = np.multiply.outer(u, w)
        t += self.biases
        tanh(t, out=t)
        found[0] = t @ c + self.offset
        if len(found) > 1:
            g = t * t
            np.subtract(1.0, g, out=g)
            found[1] = g @ (c * w)
        if len(found) > 2:
            g *= t
            found[2] = g @ (-2 * c * w * w)

    def _moving(self, u: Array) -> "SingleLayer":
        """The same at u (n,) close to each other, without the units that are -1 or 1 at all of them."""
        ends = np.multiply.outer([u.min(), u.max()], self.weights) + self.biases
        constant = (np.abs(ends) > _SATURATED).all(axis=0) & (ends[0] * ends[1] > 0)
        moving = ~constant
        offset = self.offset + float(np.sign(ends[0, constant]) @ self.outputs[constant])
        return SingleLayer(self.weights[moving], self.biases[moving], self.outputs[moving], offset)
