"""Samples of several variables, and the errors of a fit at them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.models.field_network import FieldLayers, FieldNetwork, evaluate

# A part of the spread of an output: derivatives smaller than that are rounding.
_LEAST = 1e-3


@dataclass(frozen=True)
class FieldSamples:
    """Points with the values there, and with derivatives where these are known.

    Attributes:
        x: (n, d).
        values: (n, m), and as far as they are known the gradients (n, m, d) and the Hessians (n, m, d, d).
    """

    x: Array
    values: tuple[Array, ...]

    @property
    def y(self) -> Array:
        """The values (n, m)."""
        return self.values[0]

    def take(self, rows: NDArray[np.intp]) -> "FieldSamples":
        """Some of them."""
        return FieldSamples(self.x[rows], tuple(values[rows] for values in self.values))


def split(rows: int, part: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which rows are seen and which, that part drawn by the seed, are held out; both in order."""
    order = np.random.default_rng(seed).permutation(rows)
    held_out = min(rows - 1, max(1, round(part * rows)))
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def relative_errors(layers: FieldLayers, known: FieldSamples) -> tuple[float, ...]:
    """The relative L2 error of the value, the gradient and the Hessian, as far as these are known; of the worst output.

    That of a value is relative to its spread. Derivatives are looked at in the network's scaled variables, so that no
    unit decides; where one all but vanishes, as a plane's Hessian does, a small part of the spread is its size.
    """
    found = evaluate(FieldNetwork(layers), known.x, len(known.values) - 1)
    spread = np.linalg.norm(known.y - known.y.mean(axis=0), axis=0)
    scale, errors = np.ones(()), []
    for order, (fit, truth) in enumerate(zip(found, known.values, strict=True)):
        axes = tuple(axis for axis in range(truth.ndim) if axis != 1)
        size = spread if order == 0 else np.maximum(np.sqrt(np.sum((truth * scale) ** 2, axis=axes)), _LEAST * spread)
        off = np.sqrt(np.sum(((fit - truth) * scale) ** 2, axis=axes))
        errors.append(float(np.max(off / np.where(size > 0, size, 1.0))))
        scale = np.multiply.outer(scale, layers.scaling.x_scale)
    return tuple(errors)
