"""Multilayer perceptrons of one variable that give their derivatives with their value."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.models import single_layer
from training.models.chunks import chunks
from training.models.jets import ACTIVATIONS, Jet
from training.models.single_layer import SingleLayer
from training.targets.domain import Domain

# The orders for which a posterior says how far the fit may be off.
POSTERIOR_ORDERS = 2


@dataclass(frozen=True)
class Scaling:
    """What maps samples to the order of one: (x - x_center) / x_scale and (y - y_center) / y_scale."""

    x_center: float
    x_scale: float
    y_center: float
    y_scale: float

    @classmethod
    def of(cls, domain: Domain, y: Array) -> "Scaling":
        """The domain becomes [-1, 1]; y gets mean 0 and standard deviation 1, or is only shifted if constant."""
        low, high = domain
        return cls((low + high) / 2, (high - low) / 2, float(y.mean()), float(y.std()) or 1.0)

    @classmethod
    def none(cls) -> "Scaling":
        """x and y as they are."""
        return cls(0.0, 1.0, 0.0, 1.0)


class Network(nn.Module):
    """A perceptron from one input to one output, with the scaling of both inside.

    Args:
        hidden_sizes: units in each hidden layer.
        activation: a key of ACTIVATIONS.
        scaling: of the samples.
        generator: draws the weights, Glorot-uniform; biases start at zero (the study's choice).
    """

    posterior_root: Tensor | None
    ones: Tensor | None
    log_posterior_std: Tensor | None

    def __init__(self, hidden_sizes: tuple[int, ...], activation: str, scaling: Scaling, generator: torch.Generator):
        super().__init__()
        self.activation = activation
        self.scaling = scaling
        self.x_slope = nn.Buffer(torch.tensor(1 / scaling.x_scale, dtype=torch.float64))
        self.sizes = [1, *hidden_sizes, 1]
        self.weights = nn.ParameterList(glorot_uniform(a, b, generator) for a, b in pairwise(self.sizes))
        self.biases = nn.ParameterList(torch.zeros(size, dtype=torch.float64) for size in self.sizes[1:])
        self.register_buffer("posterior_root", None)
        self.register_buffer("ones", None)
        self.register_buffer("log_posterior_std", None)

    def forward(self, x: Tensor, order: int = 0) -> tuple[Tensor, ...]:
        """The value and the derivatives up to the given order at x (n,), each (n,)."""
        return self.read_out(self.features(x, order), x, order)

    def features(self, x: Tensor, order: int) -> Jet:
        """The last hidden layer's derivatives in x (n,), each (n, units); they may end early."""
        u: Jet = [self._scaled(x).unsqueeze(1), self.x_slope][: order + 1]
        for fan_in, weight, bias in list(zip(self.sizes, self.weights, self.biases, strict=False))[:-1]:
            u = ACTIVATIONS[self.activation](affine(u, weight, bias, fan_in), order)
        return u

    @property
    def is_single(self) -> bool:
        """Whether it has one layer, of tanh units."""
        return self.activation == "tanh" and len(self.sizes) == 3

    def _scaled(self, x: Tensor) -> Tensor:
        return (x - self.scaling.x_center) * self.x_slope

    def read_out(self, features: Jet, x: Tensor, order: int) -> tuple[Tensor, ...]:
        """The output and its derivatives, of the features at x (n,)."""
        weight, bias, s = self.weights[-1], self.biases[-1], self.scaling
        u = affine(features, weight * s.y_scale, bias * s.y_scale + s.y_center, self.sizes[-2])
        # A piecewise-linear network's jet ends early: the orders behind it are zero at every point.
        zeros: list[Tensor] = [0 * torch.abs(x)] * (order + 1 - len(u))
        return (*(c.squeeze(1) for c in u), *zeros)

    def posterior_std(self, features: Jet, x: Tensor) -> tuple[Tensor, ...]:
        """The posterior's standard deviations of the output and its derivatives, of the features at x (n,)."""
        if self.log_posterior_std is not None:
            logarithms, orders = self.log_posterior_std, range(POSTERIOR_ORDERS + 1)
            layers = [(logarithms[:-1, k : k + 1], logarithms[-1, k : k + 1]) for k in orders]
            return tuple(torch.exp(features[0] @ weight + bias).squeeze(1) for weight, bias in layers)
        assert self.posterior_root is not None, "only a fit by evidence has a posterior"
        assert self.ones is not None, "they are set together"
        root, ones = self.posterior_root[:-1], self.ones
        # The output's bias moves the value alone.
        parts = [features[0] @ root + self.posterior_root[-1], *(c @ root for c in features[1:])]
        found = [torch.sqrt((part * part) @ ones).squeeze(1) for part in parts]
        return (*found, *[0 * torch.abs(x)] * (POSTERIOR_ORDERS + 1 - len(found)))

    @property
    def has_posterior(self) -> bool:
        """Whether it says how far the fit may be off."""
        return self.posterior_root is not None or self.log_posterior_std is not None

    def set_log_posterior_std(self, layers: Array) -> None:
        """Give it output layers (orders, units + 1) of the logarithms of the standard deviations, in scaled units.

        They take the place of a posterior where this would have millions of numbers.
        """
        s, scaled = self.scaling, layers.copy()
        scaled[:, -1] += np.log(s.y_scale) - np.arange(len(layers)) * np.log(s.x_scale)
        self.log_posterior_std = torch.from_numpy(np.ascontiguousarray(scaled.T))

    def set_layers(self, hidden: Array, output: Array) -> None:
        """Take over all weights: of the hidden layers, weights (fan_in, fan_out) and biases, flat; of the output layer
        (units + 1,), the bias last.
        """
        flat = torch.from_numpy(np.concatenate([hidden, output]))
        with torch.no_grad():
            for weight, bias in zip(self.weights, self.biases, strict=True):
                weight.copy_(flat[: weight.numel()].view_as(weight))
                bias.copy_(flat[weight.numel() : weight.numel() + bias.numel()])
                flat = flat[weight.numel() + bias.numel() :]

    def set_posterior(self, root: Tensor) -> None:
        """Give the output layer (weights, then bias) a covariance root @ root.T, in units of scaled y."""
        self.posterior_root = root * self.scaling.y_scale
        self.ones = torch.ones(root.shape[1], 1, dtype=torch.float64)


def affine(u: Jet, weight: Tensor, bias: Tensor, fan_in: int) -> Jet:
    """u (n, fan_in) times weight (fan_in, b), plus bias (b,), which only the value sees."""
    return [product(u[0], weight, fan_in) + bias, *(product(derivative, weight, fan_in) for derivative in u[1:])]


def product(u: Tensor, weight: Tensor, fan_in: int) -> Tensor:
    """u (…, fan_in) times weight (fan_in, b).

    The product with a single row is an outer product. As a matrix product ONNX Runtime would take its factor for a
    scale and keep it in float32.
    """
    return u * weight if fan_in == 1 else u @ weight


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
    if network.is_single and order <= single_layer.HIGHEST:
        return _evaluate_single(network, x, order)
    return _in_chunks(network, lambda chunk: network(chunk, order), x, order)


def _evaluate_single(network: Network, x: Array, order: int) -> Array:
    s = network.scaling
    weights, biases, outputs = (
        p.detach().numpy() for p in (network.weights[0][0], network.biases[0], network.weights[1][:, 0])
    )
    offset = float(network.biases[1].detach()) * s.y_scale + s.y_center
    found = SingleLayer(weights, biases, outputs * s.y_scale, offset).evaluate(
        (x - s.x_center) * (1 / s.x_scale), order
    )
    return found / s.x_scale ** np.arange(order + 1)[:, None]


def posterior_std(network: Network, x: Array) -> Array:
    """The posterior's standard deviations of the orders up to POSTERIOR_ORDERS at x (n,), shape (orders, n)."""
    of = POSTERIOR_ORDERS
    return _in_chunks(network, lambda chunk: network.posterior_std(network.features(chunk, of), chunk), x, of)


def _in_chunks(network: Network, function: Callable[[Tensor], tuple[Tensor, ...]], x: Array, order: int) -> Array:
    # Filled in place: small results between large ones that are freed would keep all of these in memory.
    found = np.empty((order + 1, len(x)))
    with torch.inference_mode():
        for chunk in chunks(len(x), max(network.sizes)):
            values = function(torch.from_numpy(x[chunk]))
            for row, value in zip(found, values, strict=True):
                row[chunk] = value.numpy()
    return found
