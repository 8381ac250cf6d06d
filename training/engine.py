"""Fused training steps of one perceptron, or of many of the same shape at once.

A step of these networks is a few microseconds of arithmetic. So a step here is nothing but that arithmetic, written
into memory that is already there: no graph, no allocation, no view made on the way.

- All members' parameters lie in one flat tensor, so that one call of the optimizer serves all of them.
- A layer's bias is a column of its weights, and its input has a row of ones: biases cost no operation of their own.
- Samples are columns: the units of a layer, without the row of ones, are then one block of memory.
- Where all members get the same batch, their first layers are one wide layer: one product, which reads the batch once.
- Matrix products go through NumPy, whose calls cost less than torch's and which takes stacks of small matrices of any
  strides; everything else goes through torch, on the same memory.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training import optimizers
from training.activations import ACTIVATIONS
from training.dropout import Dropout
from training.losses import LOSSES

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Recipe:
    """What is trained, and how.

    Attributes:
        sizes: inputs, units of each hidden layer, outputs.
        activation: of the hidden layers, a key of ACTIVATIONS.
        loss: a key of LOSSES.
        optimizer: `adam` or `sgd`.
        weight_decay: L2, added to the gradients of weights and not of biases; one for all members, or one for each.
        decay_per_batch: a step takes weight_decay divided by the size of its batch.
        dropout: the part of the hidden units that a step leaves out.
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
    def shapes(self) -> list[tuple[int, int]]:
        """Of each layer's weights with their bias: (units, inputs + 1)."""
        return [(fan_out, fan_in + 1) for fan_in, fan_out in pairwise(self.sizes)]

    @property
    def parameters(self) -> int:
        """Trained numbers of one member."""
        return sum(rows * columns for rows, columns in self.shapes)


class Engine(nn.Module):
    """Members of one recipe in training; its state dict is all that a checkpoint needs.

    Attributes:
        layers: of each layer, the weights and in the last column the biases, (members, units, inputs + 1).
        gradients: likewise, of the last batch.
    """

    def __init__(self, recipe: Recipe, members: int):
        super().__init__()
        self.recipe, self.members = recipe, members
        state = torch.zeros(3, members * recipe.parameters, dtype=recipe.dtype)
        self.state = nn.Buffer(state)
        self.steps = nn.Buffer(torch.zeros((), dtype=torch.int64))
        self.dropout = Dropout(recipe.dropout) if recipe.dropout else None
        self._memories: dict[int, _Memory] = {}
        flat, exp_avg, exp_avg_sq = state
        self._gradient = gradient = torch.zeros_like(flat)
        self.layers, self.gradients = self._per_layer(flat), self._per_layer(gradient)
        if recipe.optimizer == "adam":
            self._optimizer = optimizers.adam(flat, gradient, exp_avg, exp_avg_sq, recipe.learning_rate)
        else:
            self._optimizer = optimizers.sgd(flat, gradient, recipe.learning_rate)

    def select(self, members: list[int]) -> "Engine":
        """These members alone, as they are."""
        decay = self.recipe.weight_decay
        if isinstance(decay, tuple):
            decay = tuple(decay[member] for member in members)
        engine = Engine(replace(self.recipe, weight_decay=decay), len(members))
        engine.steps.copy_(self.steps)
        for own, other in zip(engine.state, self.state, strict=True):
            for to, layer in zip(engine._per_layer(own), self._per_layer(other), strict=True):
                to.copy_(layer[members])
        return engine

    def run(self, passes: "Pass", seed: int = 0) -> None:
        """A step for each batch of the pass, in order; the seed is that of what is dropped."""
        first = int(self.steps) + 1
        counts = torch.arange(first, first + len(passes.batches), dtype=torch.float32).unbind()
        # A member that diverges is found by its loss; its overflows are no news.
        with torch.inference_mode(), np.errstate(all="ignore"), self._dropping(seed):
            for batch, count in zip(passes.batches, counts, strict=True):
                batch.compute_gradient()
                batch.memory.update(count)
        self.steps.add_(len(passes.batches))

    @contextmanager
    def _dropping(self, seed: int) -> Iterator[None]:
        if self.dropout is None:
            yield
            return
        self.dropout.seed(seed)
        self.dropout.active = True
        try:
            yield
        finally:
            self.dropout.active = False

    def update(self, batch: int) -> optimizers.Update:
        """What the optimizer does after a batch of this size."""
        decays = np.broadcast_to(self.recipe.weight_decay, self.members)
        if not decays.any():
            return self._optimizer
        return optimizers.decayed(
            self._optimizer,
            self.state[0],
            self._gradient,
            self._of_weights(decays / (batch if self.recipe.decay_per_batch else 1)),
        )

    def memory(self, batch: int) -> "_Memory":
        """What a step of this batch size works in; all passes share it."""
        if batch not in self._memories:
            self._memories[batch] = _Memory(self, batch)
        return self._memories[batch]

    def _per_layer(self, flat: Tensor) -> list[Tensor]:
        """Views of a flat tensor; the members' blocks of a layer lie beside each other."""
        blocks = torch.split(flat, [self.members * rows * columns for rows, columns in self.recipe.shapes])
        return [block.view(self.members, *shape) for block, shape in zip(blocks, self.recipe.shapes, strict=True)]

    def _of_weights(self, values: Array) -> Tensor:
        """A value of each member where its weights lie in the flat tensor, and zero where its biases do."""
        flat = torch.zeros_like(self._gradient)
        for layer in self._per_layer(flat):
            layer[..., :-1] = torch.from_numpy(values)[:, None, None]
        return flat


class Pass:
    """Samples cut into batches, with all views that the steps take; the samples may be overwritten between passes.

    Args:
        engine: whose members take the steps.
        x: (members or 1, inputs + 1, samples), the last row ones.
        y: (members or 1, outputs, samples).
        batch_size: samples in a step; the last one may have fewer.
    """

    def __init__(self, engine: Engine, x: Tensor, y: Tensor, batch_size: int):
        self.batches = [
            _Batch(engine.memory(columns.shape[-1]), columns, targets)
            for columns, targets in zip(torch.split(x, batch_size, -1), torch.split(y, batch_size, -1), strict=True)
        ]

    def outputs(self) -> Tensor:
        """The outputs of the last layer for all samples, (members, outputs, samples)."""
        with torch.inference_mode(), np.errstate(all="ignore"):
            return torch.cat([batch.outputs().clone() for batch in self.batches], -1)


class _Memory:
    """All that a step of one batch size writes to, and the views that it takes."""

    def __init__(self, engine: Engine, batch: int):
        recipe = engine.recipe
        loss = LOSSES[recipe.loss]
        self.residual = loss.residual
        # A tensor: torch takes a number for a multiplication at twice the cost.
        self.factor = torch.tensor(loss.factor(recipe.sizes[-1], batch), dtype=recipe.dtype)
        self.outputs = torch.empty(engine.members, recipe.sizes[-1], batch, dtype=recipe.dtype)
        self.output_array = self.outputs.numpy()
        weights = [layer.numpy() for layer in engine.layers]
        gradients = [gradient.numpy() for gradient in engine.gradients]
        units = [_Units(engine, size, batch) for size in recipe.sizes[1:-1]]
        products = [*(u.z for u in units), self.output_array]
        first_d = units[0].d if units else self.output_array
        self.first = _FirstLayer(weights[0], products[0], first_d, gradients[0])
        self.layers_forward = [
            (u.activation.forward, u.z_tensor, u.a_tensor, w, u.a_and_ones, product)
            for u, w, product in zip(units, weights[1:], products[1:], strict=True)
        ]
        self.layers_backward = [
            (u.a_and_ones.swapaxes(-1, -2), gradient, _transposed_product(layer, u.d_tensor), u)
            for u, gradient, layer in list(zip(units, gradients[1:], engine.layers[1:], strict=True))[::-1]
        ]
        self._update = partial(engine.update, batch)

    @cached_property
    def update(self) -> optimizers.Update:
        """What the optimizer does after this step; evaluations never ask for it."""
        return self._update()


class _FirstLayer:
    """The layer that sees the samples: weights (members, units, inputs + 1), the product z and its gradient d."""

    def __init__(self, weights: Array, z: Array, d: Array, gradient: Array):
        self._weights, self._z, self._d, self._gradient = weights, z, d, gradient

    def products(self, x: Array) -> tuple[Callable[[], object], Callable[[], object]]:
        """Forward, into z, and backward, into the gradient, for a batch (members or 1, inputs + 1, batch)."""
        if len(x) == len(self._weights):
            forward = partial(np.matmul, self._weights, x, out=self._z)
            return forward, partial(np.matmul, self._d, x.swapaxes(-1, -2), out=self._gradient)
        z, wide_z = self._z, self._wide_z
        weights, d, gradient = (array.reshape(len(wide_z), -1) for array in (self._weights, self._d, self._gradient))
        of_members = wide_z.reshape(z.shape)

        def wide_forward() -> None:
            np.matmul(weights, x[0], out=wide_z)
            z[...] = of_members

        return wide_forward, partial(np.matmul, d, x[0].T, out=gradient)

    @cached_property
    def _wide_z(self) -> Array:
        """The z of all members' units as those of one layer."""
        return np.empty_like(self._z, order="C").reshape(-1, self._z.shape[-1])


class _Units:
    """The memory of a hidden layer, (members, units, batch): z before the activation, a behind it, d the gradient."""

    def __init__(self, engine: Engine, units: int, batch: int):
        dtype, activation = engine.recipe.dtype, ACTIVATIONS[engine.recipe.activation]
        in_place = activation.in_place and engine.dropout is None
        both = torch.ones(engine.members, units + 1, batch, dtype=dtype)
        self.a_tensor = both[:, :units]
        self.z_tensor = self.a_tensor if in_place else torch.empty(engine.members, units, batch, dtype=dtype)
        self.d_tensor = torch.empty(engine.members, units, batch, dtype=dtype)
        self.activation = engine.dropout.after(activation, self.z_tensor) if engine.dropout else activation
        self.backward = self.activation.backward
        self.z, self.d, self.a_and_ones = self.z_tensor.numpy(), self.d_tensor.numpy(), both.numpy()


def _transposed_product(layer: Tensor, into: Tensor) -> Callable[[Tensor, Array], object]:
    """The product of a layer's weights, transposed and without the biases, with the gradient behind the layer."""
    transposed = layer[..., :-1].mT
    if layer.shape[1] == 1:
        # An outer product, which NumPy's matmul would take element by element.
        return lambda d_tensor, d: torch.mul(transposed, d_tensor, out=into)
    array, result = transposed.numpy(), into.numpy()
    return lambda d_tensor, d: np.matmul(array, d, out=result)


class _Batch:
    """One batch and the memory that its step uses."""

    def __init__(self, memory: _Memory, x: Tensor, y: Tensor):
        self.memory, self._y = memory, y
        self._enter, self._leave = memory.first.products(x.numpy())

    def outputs(self) -> Tensor:
        """Forward: the outputs, in memory that the next step overwrites."""
        memory, matmul = self.memory, np.matmul
        self._enter()
        for activate, z_tensor, a_tensor, weights, a_and_ones, product in memory.layers_forward:
            activate(z_tensor, a_tensor)
            matmul(weights, a_and_ones, out=product)
        return memory.outputs

    def compute_gradient(self) -> None:
        """Forward and backward: the gradient of the loss, into the engine's gradients."""
        memory, matmul, outputs = self.memory, np.matmul, self.outputs()
        memory.residual(outputs, self._y)
        outputs.mul_(memory.factor)
        d, d_tensor = memory.output_array, outputs
        for inputs, gradient, product, units in memory.layers_backward:
            matmul(d, inputs, out=gradient)
            product(d_tensor, d)
            d, d_tensor = units.d, units.d_tensor
            units.backward(d_tensor, units.z_tensor, units.a_tensor)
        self._leave()
