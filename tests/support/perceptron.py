"""A perceptron in training, in NumPy and in the precision of its arrays: the truth for the compiled steps.

Derivatives of activations and losses are complex steps, which cancel nothing (Squire and Trapp, Using complex variables
to estimate derivatives of real functions, SIAM Review 40, 1998): only their definitions stand here.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Layers = list[tuple[Array, Array]]

_STEP = 1e-30
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "sin": np.sin,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "gaussian": lambda z: np.exp(-(z**2)),
    "relu": lambda z: np.where(z.real > 0, z, 0),
}
# Of each sample; cross-entropies are of the outputs before any sigmoid or softmax.
LOSSES: dict[str, Callable[[Array, Array], Array]] = {
    "mean_squared_error": lambda outputs, y: ((outputs - y) ** 2).mean(1),
    "binary_cross_entropy": lambda outputs, y: (np.log1p(np.exp(outputs)) - y * outputs).sum(1),
    "cross_entropy": lambda outputs, y: np.log(np.exp(outputs).sum(1)) - (y * outputs).sum(1),
}


def forward(
    layers: Layers, activation: str, x: Array, factors: Sequence[Array] = ()
) -> tuple[list[Array], list[Array]]:
    """The sums of all layers, and what goes into each; the factors are those of the hidden layers' units."""
    inputs, sums = [x], []
    for layer, (weights, biases) in enumerate(layers):
        sums.append(inputs[-1] @ weights + biases)
        if layer < len(layers) - 1:
            a = ACTIVATIONS[activation](sums[-1])
            inputs.append(a * factors[layer] if factors else a)
    return sums, inputs


def gradient(layers: Layers, activation: str, loss: str, x: Array, y: Array, factors: Sequence[Array] = ()) -> Layers:
    """Of the mean loss, by layer."""
    sums, inputs = forward(layers, activation, x, factors)
    d, found = _loss_gradient(loss, sums[-1], y), []
    for layer in range(len(layers) - 1, -1, -1):
        found.append((inputs[layer].T @ d, d.sum(0)))
        if layer:
            slope = ACTIVATIONS[activation](sums[layer - 1] + 1j * _STEP).imag / _STEP
            d = (d @ layers[layer][0].T) * slope * (factors[layer - 1] if factors else 1)
    return found[::-1]


def _loss_gradient(loss: str, outputs: Array, y: Array) -> Array:
    columns = []
    for j in range(outputs.shape[1]):
        moved = outputs + 1j * _STEP * (np.arange(outputs.shape[1]) == j)
        columns.append(LOSSES[loss](moved, y).imag / _STEP / len(y))
    return np.column_stack(columns)


def trained(
    layers: Layers,
    activation: str,
    loss: str,
    batches: Iterable[tuple[Array, Array]],
    optimizer: str,
    learning_rate: float,
    decay: Callable[[int], float] = lambda samples: 0.0,
) -> Layers:
    """After a step for each batch, as torch defines its optimizers; weights decay, biases do not."""
    parameters = flat(layers)
    average, square = np.zeros_like(parameters), np.zeros_like(parameters)
    for step, (x, y) in enumerate(batches, 1):
        current = unflat(parameters, layers)
        slopes = gradient(current, activation, loss, x, y)
        g = flat([(dw + decay(len(x)) * w, db) for (dw, db), (w, _) in zip(slopes, current, strict=True)])
        if optimizer == "sgd":
            parameters = parameters - learning_rate * g
        else:
            average, square = _BETA_1 * average + (1 - _BETA_1) * g, _BETA_2 * square + (1 - _BETA_2) * g * g
            root = np.sqrt(square / (1 - _BETA_2**step)) + _EPSILON
            parameters = parameters - learning_rate * average / (1 - _BETA_1**step) / root
    return unflat(parameters, layers)


def flat(layers: Layers) -> Array:
    """All parameters behind each other."""
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def unflat(parameters: Array, like: Layers) -> Layers:
    """The layers of flat parameters, in these shapes."""
    ends = np.cumsum([0, *(part.size for layer in like for part in layer)])
    parts = iter([parameters[begin:end] for begin, end in pairwise(ends)])
    return [(next(parts).reshape(w.shape), next(parts)) for w, _ in like]


def roundings(sizes: Sequence[int], samples: int) -> int:
    """Of a gradient: the longest sums forward, backward and over the samples, and what an activation takes."""
    return samples + sum(2 * (inputs + 1) + 20 for inputs in sizes)
