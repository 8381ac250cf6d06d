"""Where a network's parameters lie in flat memory, and what a step of it works in."""

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.kernels import activations
from training.kernels.products import padded
from training.kernels.steps import COLUMNS, Memory

Array = NDArray[Any]

_CACHE_LINE = 64


class Layout:
    """The layout of one network; rows of units are padded to whole vectors.

    Attributes:
        parameters: numbers in flat memory, padding included.
        dtype: NumPy's, of all memory.
    """

    def __init__(self, sizes: tuple[int, ...], activation: str, dtype: torch.dtype):
        self._sizes, self._in_place = sizes, activation in activations.IN_PLACE
        self.dtype = torch.empty(0, dtype=dtype).numpy().dtype
        self._rows = [padded(outputs, self.dtype) for outputs in sizes[1:]]
        if sizes[-1] == 1 and len(sizes) > 2:
            self._rows[-1] = 1
        per_layer = [padded((inputs + 1) * row, self.dtype) for inputs, row in zip(sizes, self._rows, strict=False)]
        self._starts = np.cumsum([0, *per_layer]).tolist()
        self.parameters: int = self._starts[-1]
        self.memory = lru_cache(maxsize=4)(self._memory)

    def layers(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Views of flat memory (…, parameters) by layer: weights (…, inputs, outputs) and biases (…, outputs)."""
        views = []
        for start, row, (inputs, outputs) in zip(self._starts, self._rows, pairwise(self._sizes), strict=False):
            both = flat[..., start : start + (inputs + 1) * row].view(*flat.shape[:-1], inputs + 1, row)[..., :outputs]
            views.append((both[..., :-1, :], both[..., -1, :]))
        return views

    def mask(self, batch: int, batches: int, kept: float, generator: np.random.Generator) -> Array:
        """For each batch a factor of each hidden unit and sample: one over the part that is kept, or 0; flat."""
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
            gradient=zeros(self.parameters),
            work=zeros(size),
            x=zeros(batch * inputs),
            y=zeros(batch * outputs),
            transposed=zeros(largest),
            zeros=zeros(longest),
            one=np.ones(1, self.dtype),
        )

    def _plan(self, batch: int) -> tuple[Array, int]:
        """A row of COLUMNS for each layer, and the work memory that they ask for."""
        size = 0

        def take(row: int) -> int:
            nonlocal size
            size += batch * row
            return size - batch * row

        gradients = [take(max(self._rows)), take(max(self._rows))]
        plan = []
        for layer, (row, (inputs, outputs)) in enumerate(zip(self._rows, pairwise(self._sizes), strict=True)):
            weights = self._starts[layer]
            z = take(row)
            last = layer == len(self._rows) - 1
            a = z if last or self._in_place else take(row)
            # Two layers' gradients are needed at a time; the last one's takes the place of the outputs.
            d = z if last else gradients[layer % 2]
            mask = batch * sum(self._rows[:layer])
            plan.append((inputs, outputs, row, weights, weights + inputs * row, z, a, d, mask))
        assert len(plan[0]) == len(COLUMNS), "a value for each"
        return np.array(plan, np.int64), size


def _aligned_zeros(count: int, dtype: np.dtype[Any]) -> Array:
    """That begin with a line of the cache, so that no vector lies across two of them."""
    spare = _CACHE_LINE // dtype.itemsize
    room = np.zeros(count + spare, dtype)
    first = -room.ctypes.data % _CACHE_LINE // dtype.itemsize
    return room[first : first + count]
