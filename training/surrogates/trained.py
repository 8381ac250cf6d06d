"""Fits to scattered samples by networks whose hidden layers are trained, until what is held out is fitted best.

By variable projection. Several networks, each stopped by another part of the samples, are averaged; the average of
networks is a network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import block_diag

from training.arrays import Array
from training.models.field_network import FieldLayers, FieldScaling
from training.models.jacobian import HiddenLayers
from training.solvers.shared_least_squares import SharedLeastSquares
from training.solvers.shared_projection import SharedProjection
from training.surrogates.ridge_features import RidgeFeatures
from training.surrogates.samples import FieldSamples

_FIRST_DAMPING = 1e-2
# Iterations at most, and those without a lower error at what is held out after which it has stopped falling.
ITERATIONS, _PATIENCE = 400, 25
# The ridge of the output layer, for each sample.
_RIDGE = 1e-12
# The size of weights behind the first layer, in units of √(3 / fan-in).
_GAIN = 0.5
HELD_OUT = 0.1
# Steepnesses of the first layer; a network of a given shape takes the one that is closest at its start.
STEEPNESSES = (0.3, 1.0, 3.0)
_SOLVERS = {"varpro": SharedProjection, "lm": SharedLeastSquares}


@dataclass(frozen=True)
class NetworkSpec:
    """A network to train.

    Attributes:
        hidden: units of its hidden layers.
        steepness: of the first layer, at the start.
        activation: a key of ACTIVATIONS.
    """

    hidden: tuple[int, ...]
    steepness: float
    activation: str = "tanh"

    def parameters(self, variables: int) -> int:
        """The number of parameters of the hidden layers, for so many variables."""
        return sum((a + 1) * b for a, b in zip((variables, *self.hidden), self.hidden, strict=False))


@dataclass(frozen=True)
class Trained:
    """A network as it was where what is held out was fitted best.

    Attributes:
        layers: the network.
        error: relative L2 at what is held out, of the worst output.
        iterations: that were taken.
        converged: whether the error had stopped falling.
    """

    layers: FieldLayers
    error: float
    iterations: int
    converged: bool


class Progress(NamedTuple):
    """How far a training is.

    Attributes:
        theta: the parameters.
        best: those that fitted what is held out best.
        damping: of the next step.
        error: of the best, relative L2 at what is held out, of the worst output.
        iteration, best_iteration: taken so far, and up to the best.
    """

    theta: Array
    best: Array
    damping: float
    error: float
    iteration: int
    best_iteration: int


class Training:
    """The training of a network on samples (n, d), iteration by iteration, until what is held out is fitted best.

    Args:
        samples: that it learns from.
        held_out: that stop it.
        spec: of the network.
        seed: draws where it starts.
        weights: (n,) of the samples, the reciprocals of their standard errors, about 1; all alike if not given.
        solver: varpro or lm.
    """

    def __init__(
        self,
        samples: FieldSamples,
        held_out: FieldSamples,
        spec: NetworkSpec,
        seed: int,
        weights: Array | None = None,
        solver: str = "varpro",
    ):
        middle, half = _ends(samples.x)
        self._scaling, self._spec = FieldScaling.of(middle, half, samples.y), spec
        u, unseen = (samples.x - middle) / half, (held_out.x - middle) / half
        y, self._truth = ((part.y - self._scaling.y_center) / self._scaling.y_scale for part in (samples, held_out))
        self._hidden, self._elsewhere = (HiddenLayers(spec.hidden, spec.activation, at) for at in (u, unseen))
        weights = np.ones(len(u)) if weights is None else weights
        self._problem = _SOLVERS[solver](self._hidden, y, weights, _RIDGE * len(u))
        sizes = np.linalg.norm(self._truth - self._truth.mean(axis=0), axis=0)
        self._sizes = np.where(sizes > 0, sizes, 1.0)
        theta = self._problem.start(_first(spec, u, seed))
        self.progress = Progress(theta, theta, _FIRST_DAMPING, self._error(theta), 0, 0)

    def advance(self) -> bool:
        """Take an iteration, unless none is left that would gain anything."""
        p = self.progress
        if p.iteration - p.best_iteration >= _PATIENCE:
            return False
        if (step := self._problem.step(p.theta, p.damping)) is None:
            return False
        p = p._replace(theta=step.theta, damping=step.damping, iteration=p.iteration + 1)
        if (found := self._error(step.theta)) < p.error:
            p = p._replace(best=step.theta, error=found, best_iteration=p.iteration)
        self.progress = p
        return True

    @property
    def layers(self) -> FieldLayers:
        """The best network so far."""
        best = self.progress.best
        hidden, output = self._problem.hidden_layers(best), self._problem.output_layers(best)
        return _layers(self._hidden, hidden, output, self._spec.activation, self._scaling)

    def _error(self, theta: Array) -> float:
        hidden = self._problem.hidden_layers(theta)
        fit = self._elsewhere.features(hidden) @ self._problem.output_layers(theta)
        return float(np.max(np.linalg.norm(fit - self._truth, axis=0) / self._sizes))


def train(
    samples: FieldSamples,
    held_out: FieldSamples,
    spec: NetworkSpec,
    seed: int,
    weights: Array | None = None,
    iterations: int = ITERATIONS,
) -> Trained:
    """Train a network by variable projection until the error at what is held out stops falling.

    Args:
        iterations: at most.
    """
    training = Training(samples, held_out, spec, seed, weights)
    while (going := training.progress.iteration < iterations) and training.advance():
        pass
    return Trained(training.layers, training.progress.error, training.progress.iteration, going)


def average(networks: Sequence[FieldLayers]) -> FieldLayers:
    """The network whose outputs are the means of those of networks with as many layers and one activation."""
    first, depth, m = networks[0], len(networks[0].weights), networks[0].sizes[-1]
    scaling = first.scaling
    outputs = FieldScaling(scaling.x_center, scaling.x_scale, np.zeros(m), np.ones(m))
    own = [_rescaled(one, outputs) for one in networks]
    weights = [np.hstack([one.weights[0] for one in own])]
    weights += [block_diag(*(one.weights[layer] for one in own)) for layer in range(1, depth - 1)]
    weights.append(np.vstack([one.weights[-1] for one in own]) / len(own))
    biases = [np.concatenate([one.biases[layer] for one in own]) for layer in range(depth - 1)]
    biases.append(np.mean([one.biases[-1] for one in own], axis=0))
    return FieldLayers(first.activation, weights, biases, outputs)


def _rescaled(layers: FieldLayers, to: FieldScaling) -> FieldLayers:
    """The same network with another scaling of inputs and none of outputs."""
    s = layers.scaling
    factor, shift = to.x_scale / s.x_scale, (to.x_center - s.x_center) / s.x_scale
    weights, biases = list(layers.weights), list(layers.biases)
    biases[0] = biases[0] + shift @ weights[0]
    weights[0] = weights[0] * factor[:, None]
    weights[-1], biases[-1] = weights[-1] * s.y_scale, biases[-1] * s.y_scale + s.y_center
    return FieldLayers(layers.activation, weights, biases, to)


def _ends(x: Array) -> tuple[Array, Array]:
    low, high = x.min(axis=0), x.max(axis=0)
    half = high / 2 - low / 2
    return low / 2 + high / 2, np.where(half > 0, half, 1.0)


def _first(spec: NetworkSpec, u: Array, seed: int) -> Array:
    """Hidden layers to start from: the first one of units through samples, those behind it small."""
    generator = np.random.default_rng([seed, *spec.hidden])
    places = u[generator.integers(len(u), size=spec.hidden[0])]
    features = RidgeFeatures.draw(places, spec.steepness, np.eye(u.shape[1]), generator)
    parts = [features.weights.ravel(), features.biases]
    for fan_in, fan_out in zip(spec.hidden, spec.hidden[1:], strict=False):
        parts += [_GAIN * np.sqrt(3 / fan_in) * generator.uniform(-1, 1, fan_in * fan_out), np.zeros(fan_out)]
    return np.concatenate(parts)


def _layers(hidden: HiddenLayers, theta: Array, output: Array, activation: str, scaling: FieldScaling) -> FieldLayers:
    pairs = list(hidden.layers(theta))
    weights, biases = [weight for weight, _ in pairs], [bias for _, bias in pairs]
    return FieldLayers(activation, [*weights, output[:-1]], [*biases, output[-1]], scaling)
