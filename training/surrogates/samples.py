"""What a fit of several variables learns from, and how far a fit is from what is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.models.field_network import FieldLayers, FieldNetwork, evaluate

Array = NDArray[np.float64]


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

    def split(self, part: float, seed: int) -> tuple["FieldSamples", "FieldSamples"]:
        """Those to learn from and, drawn by the seed, that part of them to hold out."""
        order = np.random.default_rng(seed).permutation(len(self.x))
        held_out = min(len(order) - 1, max(1, round(part * len(order))))
        return self.take(np.sort(order[held_out:])), self.take(np.sort(order[:held_out]))


def relative_errors(layers: FieldLayers, known: FieldSamples) -> tuple[float, ...]:
    """The relative L2 error of the value, the gradient and the Hessian, as far as these are known; of the worst output.

    That of a value is relative to its spread. A derivative that vanishes has none to be relative to: its error counts
    as it is.
    """
    found = evaluate(FieldNetwork(layers), known.x, len(known.values) - 1)
    errors = []
    for order, (fit, truth) in enumerate(zip(found, known.values, strict=True)):
        axes = tuple(axis for axis in range(truth.ndim) if axis != 1)
        reference = truth - truth.mean(axis=0) if order == 0 else truth
        sizes = np.sqrt(np.sum(reference**2, axis=axes))
        errors.append(float(np.max(np.sqrt(np.sum((fit - truth) ** 2, axis=axes)) / np.where(sizes > 0, sizes, 1.0))))
    return tuple(errors)
