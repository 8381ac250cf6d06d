"""Fused training steps of perceptrons of one shape: one, or many members that have nothing in common but the shape.

A step of these networks is a few microseconds of arithmetic, less than the call of a library for each part of it would
take. So all steps of an epoch are compiled into one call (training.kernels), which finds its memory laid out: no graph,
no allocation, no view made on the way. A member's parameters, their averages and all that a step writes stay in the
cache while that member is trained, and it ends with the same bits whoever is trained beside it.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training import kernels
from training.kernels import activations, losses, optimizers, steps
from training.kernels.memory import Memory
from training.kernels.sparse import Sparse
from training.layout import Layout

Array = NDArray[Any]

log = logging.getLogger("derivable.training")

# Floating-point operations of one call, a tenth of a second or two: between two calls Python sees whether the user
# wants to stop.
_OPERATIONS_PER_CALL = 10_000_000_000
_AS_THEY_LIE = np.empty(0, np.int32)


@dataclass(frozen=True)
class Recipe:
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

    def rule(self, member: int) -> steps.Rule:
        """What compiled code needs to know of this for a member."""
        decay = self.weight_decay[member] if isinstance(self.weight_decay, tuple) else self.weight_decay
        return steps.Rule(
            activations.NAMES.index(self.activation),
            losses.NAMES.index(self.loss),
            optimizers.NAMES.index(self.optimizer),
            self.learning_rate,
            decay,
            self.decay_per_batch,
            1 - self.dropout,
        )


class Engine(nn.Module):
    """Members of one recipe in training; its state dict is all that a checkpoint needs.

    Attributes:
        state: of each member the parameters and Adam's two averages of their gradient, (members, 3, padded parameters).
        steps: how many each member has taken.
        layers: views of the parameters by layer: weights (members, inputs, outputs) and biases (members, outputs).
    """

    def __init__(self, recipe: Recipe, members: int):
        super().__init__()
        if not kernels.compiled():
            log.warning("compiling the training steps for this processor: half a minute or less, once")
        self.recipe, self.members = recipe, members
        self._layout = Layout(recipe.sizes, recipe.activation, recipe.dtype)
        self.state = nn.Buffer(torch.zeros(members, 3, self._layout.parameters, dtype=recipe.dtype))
        self.steps = nn.Buffer(torch.zeros((), dtype=torch.int64))
        self.layers = self._layout.layers(self.state[:, 0])
        self._load()

    def select(self, members: list[int]) -> "Engine":
        """These members alone, as they are."""
        recipe = self.recipe
        if isinstance(recipe.weight_decay, tuple):
            recipe = replace(recipe, weight_decay=tuple(recipe.weight_decay[member] for member in members))
        engine = Engine(recipe, len(members))
        engine.steps.copy_(self.steps)
        engine.state.copy_(self.state[members])
        return engine

    def run(
        self, x: Array | Sparse, y: Array, batch_size: int, orders: Iterable[Array] | None = None, seed: int = 0
    ) -> None:
        """A pass over the samples for every member: a step for each batch, of which the last may have fewer samples.

        Args:
            x: (samples, inputs), C-contiguous, of the recipe's dtype; y: (samples, outputs), likewise.
            orders: for each member a permutation of the samples, int32; without, they are taken as they lie.
            seed: of what is dropped, the same units of all members.
        """
        dense, sparse = self._both(x)
        batches, memory = -(-len(y) // batch_size), self._memory(min(batch_size, len(y)), sparse)
        per_call = max(1, _OPERATIONS_PER_CALL // (6 * self.recipe.parameters * batch_size))
        taken = int(self.steps)
        for member, order in zip(range(self.members), repeat(_AS_THEY_LIE) if orders is None else orders, strict=False):
            for first in range(0, batches, per_call):
                rule, end = self.recipe.rule(member), min(first + per_call, batches)
                state = self.state[member].ravel().numpy()
                mask = self._mask(batch_size, len(y), first, end, seed)
                steps.run(memory, rule, state, dense, sparse, y.ravel(), order, mask, batch_size, first, end, taken)
        self.steps.add_(batches)

    def _load(self) -> None:
        """Compile what the members will run, or read it from the cache: their seconds are for training alone."""
        nothing, sparse = self._both(np.empty(0, self._layout.dtype))
        memory, rule, state = self._memory(1, sparse), self.recipe.rule(0), self.state[0].ravel().numpy()
        steps.run(memory, rule, state, nothing, sparse, nothing, _AS_THEY_LIE, nothing, 1, 0, 0, 0)
        steps.evaluate(memory, rule, state, nothing, sparse, _AS_THEY_LIE, 1, nothing)

    def _both(self, x: Array | Sparse) -> tuple[Array, Sparse]:
        """The inputs dense and flat, and sparse: what they are not is empty."""
        nothing = np.empty(0, self._layout.dtype)
        if isinstance(x, Sparse):
            return nothing, x
        return x.ravel(), Sparse(np.empty(0, np.int64), np.empty(0, np.uint32), nothing, nothing)

    def _memory(self, batch: int, sparse: Sparse) -> Memory:
        if not sparse.starts.size:
            return self._layout.memory(batch, 0)
        return self._layout.memory(batch, batch * int(np.diff(sparse.starts).max()) + sparse.background.size)

    def _mask(self, batch_size: int, samples: int, first: int, end: int, seed: int) -> Array:
        """Of batches first to end - 1; empty where nothing is dropped."""
        if not self.recipe.dropout:
            return np.empty(0, self._layout.dtype)
        generator = np.random.default_rng([seed, first])
        return self._layout.mask(min(batch_size, samples), end - first, 1 - self.recipe.dropout, generator)

    def outputs(self, x: Array | Sparse, batch_size: int) -> Array:
        """The outputs of the last layer for all samples, (members, samples, outputs), for x (samples, inputs)."""
        dense, sparse = self._both(x)
        samples = len(sparse.starts) - 1 if isinstance(x, Sparse) else len(x)
        outputs = np.empty((self.members, samples, self.recipe.sizes[-1]), self._layout.dtype)
        memory = self._memory(min(batch_size, samples), sparse)
        for member in range(self.members):
            rule, parameters = self.recipe.rule(member), self.state[member, 0].numpy()
            steps.evaluate(
                memory, rule, parameters, dense, sparse, _AS_THEY_LIE, batch_size, outputs[member].ravel()
            )  # fmt: skip
        return outputs
