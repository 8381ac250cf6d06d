"""The optimizer `evidence`: hidden layers as they are drawn, the output layer by the evidence of the data."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.evidence.ridge import Posterior, Triangle
from training.models.jacobian import HiddenLayers
from training.solvers.initializers import hidden_layers

# Slopes of the first layer to choose from: how fast the function may change, in half-widths of the domain.
_SLOPES = (2.5, 5.0, 10.0, 20.0)
# Nats of evidence that a doubled slope must gain. Steeper features fit f a little better than the smoothest and f'' far
# worse: gaussian + N(0, 0.01), 500 points, gains 5 from 2.5 to 5, and f'' loses half; psi_10 gains 50 and needs it.
_NATS_PER_DOUBLING = 10.0
# The slope is chosen by so many samples at most.
_CHOOSING_SAMPLES = 20_000
_CHUNK = 4_096


class Evidence(nn.Module):
    """A fit in a single iteration (training.solvers.iterative.Solver), with a posterior of the output layer.

    Attributes:
        theta: the hidden layers, flat.
        mean, root: the output layer's posterior, covariance root @ root.T.
        noise_std: standard deviation of a sample of weight 1, in units of scaled y.
    """

    theta: Tensor
    mean: Tensor
    root: Tensor
    noise_std: Tensor

    def __init__(self, sizes: tuple[int, ...], activation: str, x: Array, y: Array, weights: Array, seed: int):
        super().__init__()
        self._sizes, self._activation, self._seed = sizes, activation, seed
        # Rows below each other: the values, then derivatives of each order.
        self._x, self._order = x, len(y) // len(x) - 1
        self._y, self._weights = y.reshape(-1, len(x)), weights.reshape(-1, len(x))
        columns = sizes[-1] + 1
        self.theta = nn.Buffer(torch.from_numpy(hidden_layers(sizes, seed)))
        self.mean = nn.Buffer(torch.zeros(columns, dtype=torch.float64))
        self.root = nn.Buffer(torch.zeros(columns, columns, dtype=torch.float64))
        self.noise_std = nn.Buffer(torch.zeros((), dtype=torch.float64))

    def iterate(self) -> bool:
        """Take the slope with the highest evidence, with a preference for smooth ones."""
        theta = max(self._candidates(), key=self._score)[1]
        posterior = self._posterior(theta)
        self.theta.copy_(torch.from_numpy(theta))
        self.mean.copy_(torch.from_numpy(posterior.mean))
        self.root.copy_(torch.from_numpy(posterior.root))
        self.noise_std.fill_(posterior.noise_std)
        return False

    def residual(self) -> Array:
        theta, c = self.layers()
        pieces = [(w * (y - features @ c)).reshape(len(self._y), -1) for features, y, w in self._rows(theta)]
        return np.hstack(pieces).ravel()

    def layers(self) -> tuple[Array, Array]:
        return self.theta.numpy(), self.mean.numpy()

    def _candidates(self) -> list[tuple[int, Array]]:
        """How often the smoothest slope is doubled, and the hidden layers with that slope."""
        return [(doublings, hidden_layers(self._sizes, self._seed, slope)) for doublings, slope in enumerate(_SLOPES)]

    def _score(self, candidate: tuple[int, Array]) -> float:
        doublings, theta = candidate
        stride = -(-len(self._x) // _CHOOSING_SAMPLES)
        return self._posterior(theta, stride).log_evidence - _NATS_PER_DOUBLING * doublings

    def _posterior(self, theta: Array, stride: int = 1) -> Posterior:
        """The posterior of every stride-th sample."""
        triangle = Triangle()
        for features, y, weights in self._rows(theta, stride):
            triangle.add(features * weights[:, None], y * weights)
        return triangle.posterior()

    def _rows(self, theta: Array, stride: int = 1) -> Iterator[tuple[Array, Array, Array]]:
        """Features, y and weights of a few thousand samples at a time."""
        for start in range(0, len(self._x), _CHUNK * stride):
            rows = slice(start, start + _CHUNK * stride, stride)
            features = HiddenLayers(self._sizes, self._activation, self._x[rows], self._order).features(theta)
            yield features, self._y[:, rows].ravel(), self._weights[:, rows].ravel()
