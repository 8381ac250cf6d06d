"""The LightningModule of the optimizer `adaptive`: a layer of units that follows the function until it is resolved.

Where the units stand, how steep they are and where the function is sampled follows from how finely it has to be looked
at (training.features.resolution); the output layer is a least-squares problem (training.features.local). A training
step is a round of refinement: more units on each piece, until the error between the samples is at rounding or stops
falling.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.data.samples import Samples
from training.features.local import Units, operations, solve, units_on
from training.features.resolution import MOST_PIECES, Density
from training.models.networks import Network, Scaling, evaluate
from training.regression.config import FitConfig
from training.regression.scaled_function import ScaledFunction
from training.runtime.epoch_module import SolverModule

Array = NDArray[np.float64]

# Units on a piece in the first round, and their growth. Most functions are at rounding with five or six.
_FIRST_UNITS, _GROWTH = 4.0, 1.25
_SAMPLES_PER_UNIT = 3
# Of each weight for each sample, where y has a variance of one: it settles what the samples leave open, and costs less
# than rounding does.
_RIDGE = 1e-30
# Relative L2 errors of f, f' and f'' that are as good as rounding allows.
_GOALS = (1e-13, 3e-12, 3e-11)
# Rounds that do not halve the error, after which it has stopped falling.
_PATIENCE = 2
# Points between the samples, where the error is looked at.
_PROBES = 2_000
# By how much the seed moves each unit, in distances to its neighbour.
_SHIFT = 0.1
# Of a round, which then takes some seconds; the first is to leave room for more.
_MOST_OPERATIONS = 4e10


class AdaptiveRegressor(SolverModule):
    """Fits a network to a function that may be sampled anywhere, in float64.

    Args:
        config: of the fit, with its function, domain and rounds.
        samples: of the function; features that they show and the pieces do not are looked at more closely.
        seeds: of the one network.

    Attributes:
        stopped: why the training ended: "converged" (at rounding, or the error stopped falling) or "limit".
        noise: None; a function has none.
    """

    noise = None

    def __init__(self, config: FitConfig, samples: Samples, seeds: Sequence[int]):
        super().__init__()
        assert config.function is not None, "only a function can be sampled anywhere"
        self.seeds, self._samples, self._rounds = list(seeds), samples, config.epochs
        self.scaling = Scaling.of(config.domain, samples.y)
        self._function = ScaledFunction(config.function, config.domain, self.scaling)
        self._density = self._resolved()
        # All that a checkpoint needs: a round is repeated from its number.
        self.scores = torch.nn.Buffer(torch.full((config.epochs,), torch.inf, dtype=torch.float64))

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One round; returns the error by seed at points between its samples."""
        network = self._fit(self.current_epoch)
        errors, mse = self._errors(network)
        self.scores[self.current_epoch] = max(error / goal for error, goal in zip(errors, _GOALS, strict=True))
        self._stop()
        return {"mse": dict.fromkeys(self.seeds, mse)}

    def final_errors(self) -> dict[int, float]:
        """The mean squared error over all samples (STUDY: *difference*)."""
        fit = evaluate(self.network(self.seeds[0]), self._samples.x, 0)[0]
        return dict.fromkeys(self.seeds, float(np.mean((fit - self._samples.y) ** 2)))

    def network(self, seed: int) -> Network:
        """The smallest network whose error is about the lowest."""
        scores = self.scores.numpy()
        return self._fit(int(np.argmax(scores <= max(1.0, 2 * scores.min()))))

    def _resolved(self) -> Density:
        """How closely the units are to stand; fewer than would resolve the function where these would take minutes."""
        most = MOST_PIECES
        while True:
            density = self._function.density(self._samples, most)
            if operations(Units.on(density, _FIRST_UNITS), _SAMPLES_PER_UNIT) < _MOST_OPERATIONS / 4:
                return density
            most //= 2

    def _operations(self, number: int) -> float:
        return operations(Units.on(self._density, _FIRST_UNITS * _GROWTH**number), _SAMPLES_PER_UNIT)

    def _units(self, number: int) -> Units:
        per_piece = _FIRST_UNITS * _GROWTH**number
        shifts = np.random.default_rng(self.seeds[0]).uniform(-_SHIFT, _SHIFT, units_on(self._density, per_piece))
        return Units.on(self._density, per_piece, shifts)

    def _sampled(self, units: int) -> Array:
        places = self._density.places(np.linspace(0, self._density.pieces, _SAMPLES_PER_UNIT * units))
        places[[0, -1]] = -1, 1
        return places

    def _fit(self, number: int) -> Network:
        """The network of a round."""
        units = self._units(number)
        u = self._sampled(len(units.places))
        coefficients = solve(units, u, self._function(u, 0), _RIDGE * len(u))
        network = Network((len(units.places),), "tanh", self.scaling, torch.Generator())
        network.set_layers(*units.layers(coefficients))
        return network

    def _errors(self, network: Network) -> tuple[list[float], float]:
        """Relative L2 errors of f, f' and f'' between the samples, and the mean squared error of f there."""
        u = self._sampled(len(network.biases[0]))
        between, widths = (u[1:] + u[:-1]) / 2, np.diff(u)
        stride = -(-len(between) // _PROBES)
        between, widths = between[::stride], widths[::stride]
        s, orders = self.scaling, range(len(_GOALS))
        fit = evaluate(network, s.x_center + s.x_scale * between, len(_GOALS) - 1)
        fit[0] -= s.y_center
        truth = np.array([self._function(between, order) * (s.y_scale / s.x_scale**order) for order in orders])
        squares = np.sum(widths * (fit - truth) ** 2, axis=1)
        sizes = np.sum(widths * truth**2, axis=1)
        return np.sqrt(squares / np.where(sizes > 0, sizes, 1)).tolist(), float(squares[0] / widths.sum())

    def _stop(self) -> None:
        epoch = self.current_epoch + 1
        done = self.scores[:epoch].numpy()
        falling = epoch <= _PATIENCE or done[-_PATIENCE:].min() < done[:-_PATIENCE].min() / 2
        if done[-1] <= 1 or not falling:
            self.stopped = "converged"
        elif epoch == self._rounds or self._operations(epoch) > _MOST_OPERATIONS:
            self.stopped = "limit"
        self.trainer.should_stop = bool(self.stopped)
