"""Multilayer perceptrons of one variable that give their derivatives with their value."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.jets import ACTIVATIONS, Jet

Array = NDArray[np.float64]

# Points evaluated at a time: the series of a few hundred units then stay in the processor's cache.
_CHUNK = 512


@dataclass(frozen=True)
class Scaling:
    """What maps samples to the order of one: (x - x_center) / x_scale and (y - y_center) / y_scale."""

    x_center: float
    x_scale: float
    y_center: float
    y_scale: float

    @classmethod
    def of(cls, domain: tuple[float, float], y: Array) -> "Scaling":
        """The domain becomes [-1, 1]; y gets mean 0 and standard deviation 1, or is only shifted if constant."""
        low, high = domain
        return cls((low + high) / 2, (high - low) / 2, float(y.mean()), float(y.std()) or 1.0)


class Network(nn.Module):
    """A perceptron from one input to one output, with the scaling of both inside.

    Args:
        hidden_sizes: units in each hidden layer.
        activation: a key of ACTIVATIONS.
        scaling: of the samples.
        generator: draws the weights, Glorot-uniform; biases start at zero (the study's choice).
    """

    def __init__(self, hidden_sizes: tuple[int, ...], activation: str, scaling: Scaling, generator: torch.Generator):
        super().__init__()
        self.activation = activation
        self.scaling = scaling
        sizes = [1, *hidden_sizes, 1]
        self.weights = nn.ParameterList(glorot_uniform(a, b, generator) for a, b in pairwise(sizes))
        self.biases = nn.ParameterList(torch.zeros(size, dtype=torch.float64) for size in sizes[1:])

    def forward(self, x: Tensor, order: int = 0) -> tuple[Tensor, ...]:
        """The value and the derivatives up to the given order at x (n,), each (n,)."""
        s = self.scaling
        activation = ACTIVATIONS[self.activation]
        first, *inner, last = zip(self.weights, self.biases, strict=True)
        scaled = ((x - s.x_center) * (1 / s.x_scale)).unsqueeze(1)
        # The first layer is an outer product, and linear in x: its jet ends with the first order.
        u = [scaled * first[0] + first[1], first[0] * (1 / s.x_scale)][: order + 1]
        for weight, bias in inner:
            u = affine(activation(u, order), weight, bias)
        u = affine(activation(u, order), last[0] * s.y_scale, last[1] * s.y_scale + s.y_center)
        # A piecewise-linear network's jet ends early: the orders behind it are zero at every point.
        zeros: list[Tensor] = [0 * torch.abs(x)] * (order + 1 - len(u))
        return (*(c.squeeze(1) for c in u), *zeros)


def affine(u: Jet, weight: Tensor, bias: Tensor) -> Jet:
    """u (n, a) times weight (a, b), plus bias (b,), which only the value sees."""
    return [u[0] @ weight + bias, *(derivative @ weight for derivative in u[1:])]


def glorot_uniform(fan_in: int, fan_out: int, generator: torch.Generator) -> Tensor:
    """U(-a, a) with a = √(6 / (fan_in + fan_out)), shape (fan_in, fan_out), float64 (Glorot and Bengio, 2010)."""
    limit = sqrt(6 / (fan_in + fan_out))
    uniform = torch.rand(fan_in, fan_out, dtype=torch.float64, generator=generator)
    return limit * (2 * uniform - 1)


def count_weights(network: nn.Module) -> int:
    """All trained numbers, biases included."""
    return sum(p.numel() for p in network.parameters())


def evaluate(network: Network, x: Array, order: int) -> Array:
    """The derivatives 0 … order of a float64 network at x (n,), shape (order + 1, n), a chunk at a time."""
    chunks = torch.split(torch.from_numpy(x), _CHUNK)
    with torch.inference_mode():
        return np.hstack([torch.stack(network(chunk, order)).numpy() for chunk in chunks])
