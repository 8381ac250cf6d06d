"""The optimizer `evidence` for what repeats itself: harmonics of the period, as units of sin."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.evidence.ridge import Posterior, Triangle

# Harmonics at most, and as a part of the samples.
_MOST, _PART = 200, 0.4
# Standard deviations of the harmonics k beforehand: exp(-k/s), of what is analytic, with doubled s, and powers of k.
_DECAYS, _POWERS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0), (2.0, 3.0)
# A factor below which a harmonic is left out.
_SMALLEST = 1e-12
# Nats that a doubled s, or a power, must gain: see training.evidence.smoothness.
_NATS_PER_DOUBLING, _NATS_OF_A_POWER = 4.0, 10.0
_CHUNK = 4_096


class PeriodicEvidence(nn.Module):
    """A fit in a single iteration (training.solvers.iterative.Solver), with a posterior of the output layer.

    Args:
        x: (n,), in any units.
        period: in those of x.
        y, weights: values and, below them, derivatives of each order, (orders n,).

    Attributes:
        theta: the hidden layer: frequencies, then phases, of sin and cos.
        mean, root: the output layer's posterior, covariance root @ root.T.
        noise_std: standard deviation of a sample of weight 1, in units of scaled y.
    """

    theta: Tensor
    mean: Tensor
    root: Tensor
    noise_std: Tensor

    def __init__(self, x: Array, period: float, y: Array, weights: Array):
        super().__init__()
        self._x, self._y, self._weights = x, y.reshape(-1, len(x)), weights.reshape(-1, len(x))
        self._harmonics = np.arange(1, max(1, min(_MOST, int(_PART * len(x)))) + 1)
        frequencies = np.tile(2 * np.pi * self._harmonics / period, 2)
        phases = np.repeat([0.0, np.pi / 2], len(self._harmonics))
        columns = len(phases) + 1
        self.theta = nn.Buffer(torch.from_numpy(np.concatenate([frequencies, phases])))
        self.mean = nn.Buffer(torch.zeros(columns, dtype=torch.float64))
        self.root = nn.Buffer(torch.zeros(columns, columns, dtype=torch.float64))
        self.noise_std = nn.Buffer(torch.zeros((), dtype=torch.float64))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the hidden layer."""
        return (len(self.mean) - 1,)

    def iterate(self) -> bool:
        """Take the decay of the harmonics with the highest evidence, with a preference for smooth ones."""
        triangle = Triangle()
        for features, y, weights in self._rows():
            triangle.add(features * weights[:, None], y * weights)
        found = [(triangle.scaled(factors).posterior(), factors, price) for factors, price in self._candidates()]
        posterior, factors, _ = max(found, key=lambda one: _score(one[0], one[2]))
        self.mean.copy_(torch.from_numpy(posterior.mean * factors))
        self.root.copy_(torch.from_numpy(posterior.root * factors[:, None]))
        self.noise_std.fill_(posterior.noise_std)
        return False

    def residual(self) -> Array:
        mean = self.mean.numpy()
        pieces = [(w * (y - features @ mean)).reshape(len(self._y), -1) for features, y, w in self._rows()]
        return np.hstack(pieces).ravel()

    def layers(self) -> tuple[Array, Array]:
        return self.theta.numpy(), self.mean.numpy()

    def _candidates(self) -> Iterator[tuple[Array, float]]:
        """Factors of the columns, and the price of each choice."""
        for doublings, decay in enumerate(_DECAYS):
            yield self._factors(np.exp(-(self._harmonics - 1) / decay)), _NATS_PER_DOUBLING * doublings
        for power in _POWERS:
            yield self._factors(1 / self._harmonics.astype(np.float64) ** power), _NATS_OF_A_POWER

    def _factors(self, prior_std: Array) -> Array:
        return np.append(np.tile(np.where(prior_std < _SMALLEST, 0.0, prior_std), 2), 1.0)

    def _rows(self) -> Iterator[tuple[Array, Array, Array]]:
        """Features, y and weights of a few thousand samples at a time."""
        frequencies, phases = np.split(self.theta.numpy(), 2)
        for start in range(0, len(self._x), _CHUNK):
            rows = slice(start, start + _CHUNK)
            blocks = []
            for order in range(len(self._y)):
                # A derivative turns sin by a quarter.
                waves = frequencies**order * np.sin(self._x[rows, None] * frequencies + phases + order * np.pi / 2)
                blocks.append(np.column_stack([waves, np.full(len(waves), float(order == 0))]))
            yield np.vstack(blocks), self._y[:, rows].ravel(), self._weights[:, rows].ravel()


def _score(posterior: Posterior, price: float) -> float:
    return posterior.log_evidence - price
