"""Features that vary along one direction each, drawn: σ(w·u + b) with a random direction w, through a random place."""

from dataclasses import dataclass

import numpy as np
import torch

from training.arrays import Array
from training.models.field_network import FieldLayers, FieldScaling
from training.models.jets import ACTIVATIONS

# The spread of the logarithm of the steepness, either way.
_SPREAD = 0.35
_SMALLEST = 1e-12


@dataclass(frozen=True)
class RidgeFeatures:
    """A hidden layer as it is drawn.

    Attributes:
        weights: (d, units).
        biases: (units,).
        activation: a key of ACTIVATIONS.
    """

    weights: Array
    biases: Array
    activation: str = "tanh"

    @classmethod
    def draw(
        cls, places: Array, steepness: float, root: Array, generator: np.random.Generator, activation: str = "tanh"
    ) -> "RidgeFeatures":
        """Units that change sign at the places (units, d) on [-1, 1]^d.

        Args:
            places: one for each unit.
            steepness: the length of the weights, about.
            root: (d, d), what directions of all kinds are multiplied with, of the size of the identity.
        """
        units, d = places.shape
        directions = generator.normal(size=(units, d))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        lengths = steepness * np.exp(generator.uniform(-_SPREAD, _SPREAD, units))
        weights = lengths[:, None] * (directions @ root.T)
        return cls(np.ascontiguousarray(weights.T), -np.sum(weights * places, axis=1), activation)

    def values(self, u: Array) -> Array:
        """The features at u (n, d) and a column for the output's bias, (n, units + 1)."""
        found = np.ones((len(u), len(self.biases) + 1))
        z = torch.from_numpy(u @ self.weights + self.biases)
        found[:, :-1] = ACTIVATIONS[self.activation]([z], 0)[0].numpy()
        return found

    def derivatives(self, u: Array) -> Array:
        """The derivatives of the features along their directions at u (n, d), (n, units)."""
        z = torch.from_numpy(u @ self.weights + self.biases)
        found = ACTIVATIONS[self.activation]([z, torch.ones((), dtype=torch.float64)], 1)
        return np.asarray(found[1].numpy())

    def layers(self, output: Array, scaling: FieldScaling) -> FieldLayers:
        """The perceptron with the output layer (units + 1, m), the bias last."""
        return FieldLayers(self.activation, [self.weights, output[:-1]], [self.biases, output[-1]], scaling)


def metric_root(gradients: Array, power: float) -> Array:
    """The root of the average outer product of gradients (n, m, d) to a power, (d, d), of the size of the identity.

    Features whose directions follow it look where the function varies (Radhakrishnan et al., Science 383, 2024).
    """
    rows = gradients.reshape(-1, gradients.shape[-1])
    values, vectors = np.linalg.eigh(rows.T @ rows / max(1, len(rows)))
    if not values[-1] > 0:
        return np.eye(len(values))
    scaled = np.maximum(values / values[-1], _SMALLEST) ** (power / 2)
    root: Array = (vectors * (scaled * np.sqrt(len(values) / np.sum(scaled**2)))) @ vectors.T
    return root
