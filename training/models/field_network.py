"""Perceptrons of several variables that give their gradients and Hessians with their values, in closed form.

With z_l what the units of layer l take, a_l what they give, and g_l = ∂f/∂a_l found backwards through the layers,

    ∇f = W_1 (g_1 σ'(z_1)),   ∇²f = Σ_l Σ_k g_lk σ''(z_lk) ∇z_lk ∇z_lkᵀ

whose ∇z_1 are the first weights and whose other ∇z_l are found forwards. The gradient costs about as much again as the
value for each output; nothing is differentiated at run time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.models.jets import ACTIVATIONS
from training.models.networks import product

# By order: what is returned.
OUTPUTS = ("value", "gradient", "hessian")
# Numbers of the largest intermediate result: they stay in the processor's cache.
_CHUNK, _LEAST = 2**18, 16


@dataclass(frozen=True)
class FieldScaling:
    """What maps samples to the order of one: (x - x_center) / x_scale and (y - y_center) / y_scale, by component.

    Attributes:
        x_center, x_scale: (d,).
        y_center, y_scale: (m,).
    """

    x_center: Array
    x_scale: Array
    y_center: Array
    y_scale: Array

    @classmethod
    def of(cls, x_center: Array, x_scale: Array, y: Array) -> "FieldScaling":
        """That of a box, by its middle and half widths; outputs y (n, m) get mean 0 and standard deviation 1, or are
        only shifted where constant.
        """
        spread = y.std(axis=0)
        return cls(x_center, x_scale, y.mean(axis=0), np.where(spread > 0, spread, 1.0))


@dataclass(frozen=True)
class FieldLayers:
    """A perceptron's weights in scaled units.

    Attributes:
        activation: a key of ACTIVATIONS.
        weights: (fan_in, fan_out) of each layer, the output layer last.
        biases: (fan_out,) of each layer.
        scaling: of the samples.
    """

    activation: str
    weights: Sequence[Array]
    biases: Sequence[Array]
    scaling: FieldScaling

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, units of each hidden layer and outputs."""
        return (len(self.weights[0]), *(len(bias) for bias in self.biases))

    @property
    def parameters(self) -> int:
        """All numbers that are trained, biases included."""
        return sum(part.size for part in (*self.weights, *self.biases))


class FieldNetwork(nn.Module):
    """A perceptron of d inputs and m outputs with the scaling of both inside its layers, in float64."""

    def __init__(self, layers: FieldLayers):
        super().__init__()
        self.sizes, self.activation = layers.sizes, layers.activation
        s = layers.scaling
        weights = [np.array(weight) for weight in layers.weights]
        biases = [np.array(bias) for bias in layers.biases]
        weights[0] /= s.x_scale[:, None]
        weights[-1] *= s.y_scale
        biases[-1] = biases[-1] * s.y_scale + s.y_center
        first = weights[0]
        outer = (first[:, None] * first).reshape(-1, first.shape[1]).T
        self._weights, self._biases, self._backward = (_Buffers() for _ in range(3))
        for weight, bias in zip(weights, biases, strict=True):
            self._weights.add(weight)
            self._biases.add(bias)
            self._backward.add(weight.T)
        self.center, self.outer, self.one = (nn.Buffer(_tensor(value)) for value in (s.x_center, outer, np.ones(())))

    def forward(self, x: Tensor, order: int = 0) -> tuple[Tensor, ...]:
        """The value (n, m), the gradient (n, m, d) and the Hessian (n, m, d, d) up to the order at x (n, d)."""
        a, derivatives = x - self.center, list[list[Tensor]]()
        *hidden, (fan_in, weight, bias) = zip(self.sizes[:-1], self._weights.all, self._biases.all, strict=True)
        for fan_in_hidden, hidden_weight, hidden_bias in hidden:
            units = self._units(product(a, hidden_weight, fan_in_hidden) + hidden_bias, order)
            a = units[0]
            derivatives.append(units[1:])
        outputs = [product(a, weight, fan_in) + bias]
        if order == 0:
            return (*outputs,)
        # From the last layer to the inputs. Behind the last it is the same at all points.
        g: list[Tensor] = [self._backward.all[-1]]
        for units_here, backward, (slope, *_) in zip(
            self.sizes[-2:0:-1], self._backward.all[-2::-1], reversed(derivatives), strict=True
        ):
            g.append(product(g[-1] * slope.unsqueeze(1), backward, units_here))
        outputs.append(g.pop())
        if order == 2:
            outputs.append(self._hessian(g[::-1], derivatives))
        return (*outputs,)

    @property
    def first_weights(self) -> Tensor:
        """The weights of the first layer, (d, units)."""
        weights: Tensor = self._weights.all[0]
        return weights

    def hidden_units(self, x: Tensor, order: int) -> list[Tensor]:
        """The first layer's σ, σ' and σ'' up to the order at x (n, d), (n, units) each."""
        sums = product(x - self.center, self.first_weights, self.sizes[0]) + self._biases.all[0]
        return self._units(sums, order)

    def _hessian(self, g: list[Tensor], derivatives: list[list[Tensor]]) -> Tensor:
        """(n, m, d, d) of ∂f/∂a and of σ' and σ'' of each hidden layer."""
        d = self.sizes[0]
        flat = product(g[0] * derivatives[0][1].unsqueeze(1), self.outer, self.sizes[1])
        hessian: Tensor = flat.unflatten(2, (d, d))  # type: ignore[no-untyped-call]
        rows = self._weights.all[0]  # ∇z, (d, units) or (n, d, units)
        for layer in range(1, len(g)):
            rows = product(rows * derivatives[layer - 1][0].unsqueeze(1), self._weights.all[layer], self.sizes[layer])
            weighted = (g[layer] * derivatives[layer][1].unsqueeze(1)).unsqueeze(2) * rows.unsqueeze(1)
            hessian = hessian + weighted @ rows.permute(0, 2, 1).unsqueeze(1)
        return hessian

    def _units(self, z: Tensor, order: int) -> list[Tensor]:
        """σ, σ' and σ'' up to the order at z."""
        found = ACTIVATIONS[self.activation]([z, self.one], order)
        # A piecewise-linear one ends early.
        return [*found, *[0 * torch.abs(z)] * (order + 1 - len(found))]


class _Buffers(nn.Module):
    """Tensors that are kept with a module, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def add(self, value: Array) -> None:
        """One more."""
        setattr(self, f"of_{self._count}", nn.Buffer(_tensor(value)))
        self._count += 1

    @property
    def all(self) -> list[Tensor]:
        return [getattr(self, f"of_{number}") for number in range(self._count)]


def evaluate(network: FieldNetwork, x: Array, order: int = 0) -> tuple[Array, ...]:
    """The values (n, m), gradients (n, m, d) and Hessians (n, m, d, d) up to the order at x (n, d), in chunks."""
    d, *hidden, m = network.sizes
    numbers = max(hidden) * (1, m, m * (d if len(hidden) > 1 else 1))[order]
    points = max(_LEAST, _CHUNK // max(numbers, m * d**order))
    found = [np.empty((len(x), m, *[d] * k)) for k in range(order + 1)]
    with torch.inference_mode():
        for start in range(0, len(x), points):
            rows = slice(start, start + points)
            for whole, part in zip(found, network(torch.from_numpy(x[rows]), order), strict=True):
                whole[rows] = part.numpy()
    return tuple(found)


def _tensor(value: Array) -> Tensor:
    return torch.from_numpy(np.array(value, dtype=np.float64, order="C"))
