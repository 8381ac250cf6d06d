"""The study's classifier, transcribed to NumPy as directly as its description allows: an oracle, and a peer.

Dense layers, binary cross-entropy summed over the outputs, batches in order, plain gradient descent, L2 by λ over the
batch at hand, NumPy's legacy generator. Pictures are columns.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np


def sigmoid(z: Any) -> Any:
    """The study's overflows, and says so."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


ACTIVATIONS: dict[str, Any] = {
    "relu": (lambda z: np.maximum(z, 0), lambda a: a > 0),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
}
SCALES: dict[str, Any] = {
    "uniform": lambda out, fan_in: np.random.rand(out, fan_in),
    "uniform/100": lambda out, fan_in: np.random.rand(out, fan_in) * 0.01,
    "gaussian": lambda out, fan_in: np.random.randn(out, fan_in),
    "xavier": lambda out, fan_in: np.random.randn(out, fan_in) / np.sqrt(fan_in),
    "he": lambda out, fan_in: np.random.randn(out, fan_in) * np.sqrt(2 / fan_in),
    "bengio": lambda out, fan_in: np.random.randn(out, fan_in) / np.sqrt(out + fan_in),
}


def standardised(train: Any, other: Any) -> Any:
    """Pictures (m, …) as columns, by the mean and standard deviation of the training set."""
    flat = train.reshape(len(train), -1)
    return ((other.reshape(len(other), -1) - flat.mean(0)) / (flat.std(0) + 1e-9)).T


@dataclass
class Network:
    """A network in training."""

    weights: list[Any]
    biases: list[Any]
    activation: str

    @classmethod
    def drawn(cls, sizes: tuple[int, ...], initialization: str, activation: str, seed: int = 0) -> "Network":
        np.random.seed(seed)
        weights = [SCALES[initialization](out, fan_in) for fan_in, out in pairwise(sizes)]
        return cls(weights, [np.zeros((out, 1)) for out in sizes[1:]], activation)

    def forward(self, x: Any) -> list[Any]:
        """What enters each layer, and last the probabilities."""
        g, _ = ACTIVATIONS[self.activation]
        layers = [x]
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            layers.append(g(weights @ layers[-1] + bias))
        z = self.weights[-1] @ layers[-1] + self.biases[-1]
        return [*layers, sigmoid(z)]

    def step(self, x: Any, y: Any, learning_rate: float, strength: float) -> None:
        """Gradient descent by one batch."""
        count = x.shape[1]
        *inputs, a = self.forward(x)
        dz = a - y
        for layer in reversed(range(len(self.weights))):
            dw, db = dz @ inputs[layer].T / count, dz.sum(1, keepdims=True) / count
            if layer:
                _, slope = ACTIVATIONS[self.activation]
                dz = (self.weights[layer].T @ dz) * slope(inputs[layer])
            self.weights[layer] = self.weights[layer] - learning_rate * (dw + strength / count * self.weights[layer])
            self.biases[layer] = self.biases[layer] - learning_rate * db

    def cost(self, x: Any, y: Any, strength: float) -> float:
        """The mean cross-entropy, and λ/2m times the sum of the squared weights."""
        a = np.clip(self.forward(x)[-1], 1e-300, 1 - 1e-16)
        count = x.shape[1]
        entropy = -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)) / count
        return float(entropy + strength / 2 / count * sum(np.sum(w**2) for w in self.weights))

    def predict(self, x: Any) -> Any:
        """The class of each picture."""
        a = self.forward(x)[-1]
        return (a[0] > 0.5).astype(int) if len(a) == 1 else a.argmax(0)


def train(
    network: Network,
    x: Any,
    y: Any,
    strength: float,
    batch: int,
    epochs: int,
    learning_rate: float,
    watched: bool = True,
) -> list[float]:
    """Train by batches in order; returns the cost after each epoch, or nothing where it is not wanted."""
    costs = []
    for _ in range(epochs):
        for start in range(0, x.shape[1], batch):
            network.step(x[:, start : start + batch], y[:, start : start + batch], learning_rate, strength)
        if watched:
            costs.append(network.cost(x, y, strength))
    return costs
