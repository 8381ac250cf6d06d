"""Fused training steps of perceptrons of one shape: one, or many members that have nothing in common but the shape.

A step of these networks is a few microseconds of arithmetic, less than the call of a library for each part of it would
take. So all steps of an epoch are compiled into one call (training.kernels), which finds its memory laid out: no graph,
no allocation, no view made on the way. A member's parameters, their averages and all that a step writes stay in the
cache while that member is trained, and it ends with the same bits whoever is trained beside it.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise, repeat
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.engine.layout import Layout
from training.kernels import activations, compilation, losses, optimizers, steps
from training.kernels.sparse import Grouped, Sparse, group

Array = NDArray[Any]

log = logging.getLogger("derivable.training")

# Floating-point operations of one call, some tenths of a second at most: between two calls Python sees whether the
# user wants to stop.
_OPERATIONS_PER_CALL = 10_000_000_000
# Batches of sparse inputs that are grouped in one go, for all members: some megabytes.
_BATCHES_GROUPED = 16
_AS_THEY_LIE = np.empty(0, np.int32)


@dataclass(frozen=True)
class TrainingSpec:
    """What is trained, and how.

    Attributes:
        sizes: inputs, units of each hidden layer, outputs.
        activation: of the hidden layers, one of activations.NAMES.
        loss: one of losses.NAMES.
        optimizer: one of optimizers.NAMES.
        weight_decay: L2, added to the gradients of weights and not of biases; one for all members, or one for each.
        decay_per_batch: a step takes weight_decay divided by the size of its batch.
        dropout: the part of the hidden units that a step leaves out; what is kept is divided by its part, so that the
            units have the same mean as without (Srivastava et al., JMLR 15, 2014).
    """

    sizes: tuple[int, ...]
    activation: str
    loss: str
    optimizer: str
    learning_rate: float
    weight_decay: float | tuple[float, ...]
    dtype: torch.dtype
    decay_per_batch: bool = False
    dropout: float = 0.0

    @property
    def parameters(self) -> int:
        """Trained numbers of one member."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(self.sizes))

    def step_settings(self, member: int) -> steps.StepSettings:
        """What compiled code needs to know of this for a member."""
        decay = self.weight_decay[member] if isinstance(self.weight_decay, tuple) else self.weight_decay
        return steps.StepSettings(
            activations.NAMES.index(self.activation),
            losses.NAMES.index(self.loss),
            optimizers.NAMES.index(self.optimizer),
            self.learning_rate,
            decay,
            self.decay_per_batch,
            1 - self.dropout,
        )


class Call(NamedTuple):
    """A call of compiled code: a member's batches first to end - 1 of samples in order, grouped if they are sparse."""

    member: int
    order: Array
    first: int
    end: int
    grouped: Grouped | None


class Engine(nn.Module):
    """Ensemble of networks of one shape in training; its state dict is all that a checkpoint needs.

    What is compiled, or read from the cache, at once is for dense inputs, or for `sparse` ones.

    Attributes:
        state: of each member the parameters and Adam's two averages of their gradient, (members, 3, padded parameters).
        steps: how many each member has taken.
        layers: views of the parameters by layer: weights (members, inputs, outputs) and biases (members, outputs).
    """

    def __init__(self, spec: TrainingSpec, members: int, sparse: bool = False):
        super().__init__()
        self.spec, self.members, self._sparse = spec, members, sparse
        self._layout = Layout(spec.sizes, spec.activation, spec.dtype)
        self.state = nn.Buffer(torch.zeros(members, 3, self._layout.parameters, dtype=spec.dtype))
        self.steps = nn.Buffer(torch.zeros((), dtype=torch.int64))
        self.layers = self._layout.layers(self.state[:, 0])
        variant = f"{self._layout.dtype}{'-sparse' * sparse}"
        if not compilation.compiled(variant):
            log.warning("compiling the training steps for this processor, once: about 20 s")
        self._load()
        compilation.remember(variant)

    def select(self, members: list[int]) -> "Engine":
        """Keep these members, as they are."""
        spec = self.spec
        if isinstance(spec.weight_decay, tuple):
            spec = replace(spec, weight_decay=tuple(spec.weight_decay[member] for member in members))
        engine = Engine(spec, len(members), self._sparse)
        engine.steps.copy_(self.steps)
        engine.state.copy_(self.state[members])
        return engine

    def run(
        self, x: Array | Sparse, y: Array, batch_size: int, orders: Iterable[Array] | None = None, seed: int = 0
    ) -> None:
        """A pass over the samples for every member: a step for each batch, of which the last may have fewer samples.

        Args:
            x: (samples, inputs), C-contiguous, of the dtype of the spec; y: (samples, outputs), likewise.
            orders: for each member a permutation of the samples, int32; without, they are taken as they lie.
            seed: of what is dropped, the same units of all members.
        """
        dense, sparse = self._both(x)
        batches, memory = -(-len(y) // batch_size), self._layout.memory(min(batch_size, len(y)))
        taken = int(self.steps)
        given = repeat(_AS_THEY_LIE) if orders is None else orders
        per_call = max(1, _OPERATIONS_PER_CALL // (6 * self.spec.parameters * batch_size))
        calls = self._dense_calls(given, batches, per_call)
        if sparse is not None:
            calls = self._sparse_calls(sparse, given, batch_size, batches, per_call)
        for member, order, first, end, grouped in calls:
            settings, state = self.spec.step_settings(member), self.state[member].ravel().numpy()
            mask = self._mask(batch_size, len(y), first, end, seed)
            steps.run(
                memory, settings, state, dense, sparse, grouped, y.ravel(), order, mask, batch_size, first, end, taken
            )  # fmt: skip
        self.steps.add_(batches)

    def _dense_calls(self, orders: Iterable[Array], batches: int, per_call: int) -> Iterator[Call]:
        """One member's after the other's: it stays in the cache."""
        for member, order in zip(range(self.members), orders, strict=False):
            for first in range(0, batches, per_call):
                yield Call(member, order, first, min(first + per_call, batches), None)

    def _sparse_calls(
        self, x: Sparse, orders: Iterable[Array], batch_size: int, batches: int, per_call: int
    ) -> Iterator[Call]:
        """A few batches for all members: those with the same order share what is grouped, while it is in the cache."""
        per_call, given = min(_BATCHES_GROUPED, per_call), [*islice(orders, self.members)]
        for first in range(0, batches, per_call):
            end, shared = min(first + per_call, batches), None
            for member, order in enumerate(given):
                if order is not shared:
                    shared, grouped = order, _grouped(x, order, batch_size, first, end)
                yield Call(member, order, first, end, grouped)

    def _load(self) -> None:
        """Compile what the members will run, or read it from the cache: their seconds are for training alone."""
        nothing, sparse, grouped = np.empty(0, self._layout.dtype), None, None
        if self._sparse:
            sparse = Sparse(np.empty((0, 1), np.int64), np.empty(0, np.uint32), nothing, nothing)
            grouped = _grouped(sparse, _AS_THEY_LIE, 1, 0, 0)
        memory, settings, state = self._layout.memory(1), self.spec.step_settings(0), self.state[0].ravel().numpy()
        steps.run(memory, settings, state, nothing, sparse, grouped, nothing, _AS_THEY_LIE, nothing, 1, 0, 0, 0)
        steps.evaluate(memory, settings, state, nothing, sparse, _AS_THEY_LIE, 1, nothing)

    def _both(self, x: Array | Sparse) -> tuple[Array, Sparse | None]:
        """The inputs dense and flat, and sparse: what they are not is empty, or None."""
        return (np.empty(0, self._layout.dtype), x) if isinstance(x, Sparse) else (x.ravel(), None)

    def _mask(self, batch_size: int, samples: int, first: int, end: int, seed: int) -> Array:
        """The mask of batches first to end - 1; empty where nothing is dropped."""
        if not self.spec.dropout:
            return np.empty(0, self._layout.dtype)
        generator = np.random.default_rng([seed, first])
        return self._layout.mask(min(batch_size, samples), end - first, 1 - self.spec.dropout, generator)

    def outputs(self, x: Array | Sparse, batch_size: int) -> Array:
        """The outputs of the last layer for all samples, (members, samples, outputs), for x (samples, inputs)."""
        dense, sparse = self._both(x)
        samples = len(x) if sparse is None else len(sparse.starts)
        outputs = np.empty((self.members, samples, self.spec.sizes[-1]), self._layout.dtype)
        memory = self._layout.memory(min(batch_size, samples))
        for member in range(self.members):
            settings, parameters = self.spec.step_settings(member), self.state[member, 0].numpy()
            steps.evaluate(
                memory, settings, parameters, dense, sparse, _AS_THEY_LIE, batch_size, outputs[member].ravel()
            )  # fmt: skip
        return outputs


def _grouped(x: Sparse, order: Array, batch_size: int, first: int, end: int) -> Grouped:
    """Batches first to end - 1 of sparse inputs, by columns."""
    begin, stop = first * batch_size, min(end * batch_size, len(x.starts))
    rows = order[begin:stop] if order.size else np.arange(begin, stop)
    entries = int((x.starts[rows, -1] - x.starts[rows, 0]).sum()) + (end - first) * x.background.size
    ends = np.empty((end - first, x.background.size), np.uint64)
    grouped = Grouped(ends, np.empty(entries, np.uint32), np.empty(entries, x.values.dtype))
    group(x, order, batch_size, first, end, grouped)
    return grouped
