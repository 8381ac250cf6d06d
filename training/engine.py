"""Fused training steps of one perceptron, or of many of the same shape at once.

A step of these networks is a few microseconds of arithmetic. So a step here is nothing but that arithmetic, written
into memory that is already there: no graph, no allocation, no view made on the way.

- All members' parameters lie in one flat tensor, so that one call of the optimizer serves all of them.
- A layer's bias is a column of its weights, and its input has a row of ones: biases cost no operation of their own.
- Samples are columns: the units of a layer, without the row of ones, are then one block of memory.
- Matrix products go through NumPy, whose calls cost less than torch's and which takes stacks of small matrices of any
  strides; everything else goes through torch, on the same memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training import optimizers
from training.activations import ACTIVATIONS
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
        weight_decay: L2, added to the gradients of weights and not of biases.
    """

    sizes: tuple[int, ...]
    activation: str
    loss: str
    optimizer: str
    learning_rate: float
    weight_decay: float
    dtype: torch.dtype

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
        self._memories: dict[int, _Memory] = {}
        flat, exp_avg, exp_avg_sq = state
        gradient = torch.zeros_like(flat)
        self.layers, self.gradients = self._per_layer(flat), self._per_layer(gradient)
        if recipe.optimizer == "adam":
            self._update = optimizers.adam(flat, gradient, exp_avg, exp_avg_sq, recipe.learning_rate)
        else:
            self._update = optimizers.sgd(flat, gradient, recipe.learning_rate)
        if recipe.weight_decay:
            self._update = optimizers.decayed(self._update, flat, gradient, self._decays(flat))

    def select(self, members: list[int]) -> "Engine":
        """These members alone, as they are."""
        engine = Engine(self.recipe, len(members))
        engine.steps.copy_(self.steps)
        for own, other in zip(engine.state, self.state, strict=True):
            for to, layer in zip(engine._per_layer(own), self._per_layer(other), strict=True):
                to.copy_(layer[members])
        return engine

    def run(self, passes: "Pass") -> None:
        """A step for each batch of the pass, in order."""
        first = int(self.steps) + 1
        counts = torch.arange(first, first + len(passes.batches), dtype=torch.float32).unbind()
        update = self._update
        # A member that diverges is found by its loss; its overflows are no news.
        with torch.inference_mode(), np.errstate(all="ignore"):
            for batch, count in zip(passes.batches, counts, strict=True):
                batch.compute_gradient()
                update(count)
        self.steps.add_(len(passes.batches))

    def memory(self, batch: int) -> "_Memory":
        """What a step of this batch size works in; all passes share it."""
        if batch not in self._memories:
            self._memories[batch] = _Memory(self, batch)
        return self._memories[batch]

    def _per_layer(self, flat: Tensor) -> list[Tensor]:
        """Views of a flat tensor; the members' blocks of a layer lie beside each other."""
        blocks = torch.split(flat, [self.members * rows * columns for rows, columns in self.recipe.shapes])
        return [block.view(self.members, *shape) for block, shape in zip(blocks, self.recipe.shapes, strict=True)]

    def _decays(self, flat: Tensor) -> Tensor:
        decay = torch.full_like(flat, self.recipe.weight_decay)
        for layer in self._per_layer(decay):
            layer[..., -1] = 0
        return decay


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
        activation, loss = ACTIVATIONS[recipe.activation], LOSSES[recipe.loss]
        self.activate, self.backward, self.residual = activation.forward, activation.backward, loss.residual
        # A tensor: torch takes a number for a multiplication at twice the cost.
        self.factor = torch.tensor(loss.factor(recipe.sizes[-1], batch), dtype=recipe.dtype)
        self.outputs = torch.empty(engine.members, recipe.sizes[-1], batch, dtype=recipe.dtype)
        self.output_array = self.outputs.numpy()
        weights = [layer.numpy() for layer in engine.layers]
        gradients = [gradient.numpy() for gradient in engine.gradients]
        units = [_Units(engine, size, batch, activation.in_place) for size in recipe.sizes[1:-1]]
        self.last, self.first_gradient = weights[-1], gradients[0]
        self.layers_forward = [
            (w, u.z, u.z_tensor, u.a_tensor, u.a_and_ones) for w, u in zip(weights, units, strict=False)
        ]
        self.layers_backward = [
            (u.a_and_ones.swapaxes(-1, -2), gradient, _transposed_product(layer, u.d_tensor), u)
            for u, gradient, layer in list(zip(units, gradients[1:], engine.layers[1:], strict=True))[::-1]
        ]


class _Units:
    """The memory of a hidden layer, (members, units, batch): z before the activation, a behind it, d the gradient."""

    def __init__(self, engine: Engine, units: int, batch: int, in_place: bool):
        dtype = engine.recipe.dtype
        both = torch.ones(engine.members, units + 1, batch, dtype=dtype)
        self.a_tensor = both[:, :units]
        self.z_tensor = self.a_tensor if in_place else torch.empty(engine.members, units, batch, dtype=dtype)
        self.d_tensor = torch.empty(engine.members, units, batch, dtype=dtype)
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
        self._memory, self._y = memory, y
        self._x = x.numpy()
        self._x_transposed = self._x.swapaxes(-1, -2)

    def outputs(self) -> Tensor:
        """Forward: the outputs, in memory that the next step overwrites."""
        memory, matmul, a = self._memory, np.matmul, self._x
        activate = memory.activate
        for weights, z, z_tensor, a_tensor, a_and_ones in memory.layers_forward:
            matmul(weights, a, out=z)
            activate(z_tensor, a_tensor)
            a = a_and_ones
        matmul(memory.last, a, out=memory.output_array)
        return memory.outputs

    def compute_gradient(self) -> None:
        """Forward and backward: the gradient of the loss, into the engine's gradients."""
        memory, matmul, outputs = self._memory, np.matmul, self.outputs()
        memory.residual(outputs, self._y)
        outputs.mul_(memory.factor)
        backward, d, d_tensor = memory.backward, memory.output_array, outputs
        for inputs, gradient, product, units in memory.layers_backward:
            matmul(d, inputs, out=gradient)
            product(d_tensor, d)
            d, d_tensor = units.d, units.d_tensor
            backward(d_tensor, units.z_tensor, units.a_tensor)
        matmul(d, self._x_transposed, out=memory.first_gradient)
