"""Where a network's parameters lie in flat memory, and what a step of it works in."""

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.kernels import activations
from training.kernels.memory import COLUMNS, Memory
from training.kernels.products import ONE_PART, padded

Array = NDArray[Any]

_CACHE_LINE = 64
# Of the gradient, what is used while it is in the fastest cache.
_BLOCK = 16 * 1_024


class Layout:
    """The layout of one network; rows of units are padded to whole vectors.

    Attributes:
        parameters: numbers in flat memory, padding included.
        dtype: NumPy's, of all memory.
    """

    def __init__(self, sizes: tuple[int, ...], activation: str, dtype: torch.dtype):
        self._sizes, self._in_place = sizes, activation in activations.IN_PLACE
        self._rectified = activations.NAMES.index(activation) == activations.RELU
        self.dtype = torch.empty(0, dtype=dtype).numpy().dtype
        self._rows = [padded(outputs, self.dtype) for outputs in sizes[1:]]
        if sizes[-1] == 1 and len(sizes) > 2:
            self._rows[-1] = 1
        self._parts = self._lay()
        self.parameters: int = self._parts[-1][1] + padded(self._rows[-1], self.dtype)
        self._blocks = [self._block(inputs, row) for inputs, row in zip(sizes, self._rows, strict=False)]
        self.memory = lru_cache(maxsize=4)(self._memory)

    def layers(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Views of flat memory (…, parameters) by layer: weights (…, inputs, outputs) and biases (…, outputs)."""
        views = []
        for (weights, biases), row, (inputs, outputs) in zip(
            self._parts, self._rows, pairwise(self._sizes), strict=True
        ):
            matrix = flat[..., weights : weights + inputs * row].view(*flat.shape[:-1], inputs, row)
            views.append((matrix[..., :outputs], flat[..., biases : biases + outputs]))
        return views

    def _lay(self) -> list[tuple[int, int]]:
        """Where the weights and the biases of each layer begin: each at a whole vector."""
        parts, end = [], 0
        for inputs, row in zip(self._sizes, self._rows, strict=False):
            biases = end + padded(inputs * row, self.dtype)
            parts.append((end, biases))
            end = biases + padded(row, self.dtype)
        return parts

    def _block(self, inputs: int, row: int) -> int:
        """How many rows of weights take their step at a time; those of one column are a row themselves."""
        if row == 1:
            return padded(inputs, self.dtype) + padded(1, self.dtype)
        # Of rows that a tile of the gradient may have.
        return min(inputs, max(1, _BLOCK // (row * self.dtype.itemsize) // 12) * 12)

    def mask(self, batch: int, batches: int, kept: float, generator: np.random.Generator) -> Array:
        """A factor for each batch, hidden unit and sample: one over the part that is kept, or 0; flat."""
        size = batches * batch * sum(self._rows[:-1])
        mask: Array = (generator.random(size, np.float32) < kept) / self.dtype.type(kept)
        return mask

    def _memory(self, batch: int) -> Memory:
        """What a step of this many samples, or of fewer, works in."""
        plan, size = self._plan(batch)
        inputs, outputs, longest = self._sizes[0], self._sizes[-1], max(self._rows)
        largest = max(row * padded(inputs, self.dtype) for inputs, row in zip(self._sizes, self._rows, strict=False))

        def zeros(count: int) -> Array:
            return _aligned_zeros(count, self.dtype)

        return Memory(
            plan=plan,
            gradient=zeros(max((block + 1) * row for block, row in zip(self._blocks, self._rows, strict=True))),
            # A row of one number is read as a vector.
            work=zeros(size + padded(1, self.dtype)),
            x=zeros(batch * inputs),
            y=zeros(batch * outputs),
            transposed=zeros(largest),
            zeros=zeros(longest),
            start=zeros(longest),
            one=np.ones(1, self.dtype),
        )

    def _gradient_in_place(self, layer: int) -> bool:
        """Whether a hidden layer's gradient can take the place of what gates it."""
        return self._rectified and self._sizes[layer + 2] <= ONE_PART

    def _plan(self, batch: int) -> tuple[Array, int]:
        """A row of COLUMNS for each layer, and the work memory that they ask for."""
        size = 0

        def take(row: int) -> int:
            # A row more is for the sum of the others.
            nonlocal size
            size += (batch + 1) * row
            return size - (batch + 1) * row

        gradients = [take(max(self._rows)), take(max(self._rows))]
        plan = []
        for layer, (row, (inputs, outputs)) in enumerate(zip(self._rows, pairwise(self._sizes), strict=True)):
            weights, biases = self._parts[layer]
            z = take(row)
            last = layer == len(self._rows) - 1
            a = z if last or self._in_place else take(row)
            # Two layers' gradients are needed at a time; the last one's takes the place of the outputs.
            d = z if last or self._gradient_in_place(layer) else gradients[layer % 2]
            mask = batch * sum(self._rows[:layer])
            plan.append((inputs, outputs, row, weights, biases, z, a, d, mask, self._blocks[layer]))
        assert len(plan[0]) == len(COLUMNS), "a value for each"
        return np.array(plan, np.int64), size


def _aligned_zeros(count: int, dtype: np.dtype[Any]) -> Array:
    """Allocate zeros that begin with a line of the cache, so that no vector lies across two of them."""
    spare = _CACHE_LINE // dtype.itemsize
    room = np.zeros(count + spare, dtype)
    first = -room.ctypes.data % _CACHE_LINE // dtype.itemsize
    return room[first : first + count]
