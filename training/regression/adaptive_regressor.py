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

from training.arrays import Array
from training.data.samples import Samples
from training.features.local import Units, operations, solve, units_on
from training.features.resolution import MOST_PIECES, Density, Resolution
from training.models.networks import Network, Scaling, evaluate
from training.regression.fitting_module import FittingModule
from training.regression.optimisation_config import OptimisationConfig
from training.regression.scaled_function import ScaledFunction
from training.runtime.epoch_module import SolverModule

# Units on a piece in the first round, and their growth. Most functions are at rounding with five or six.
_FIRST_UNITS, _GROWTH = 4.0, 1.25
_SAMPLES_PER_UNIT = 3
# The ridge of each weight for each sample, where y has a variance of one: it settles what the samples leave open, and
# costs less than rounding does.
_RIDGE = 1e-30
# The rounding of a steep unit's argument, relative to it, at the few samples where the unit is not constant.
_AT_A_SAMPLE = 0.003
# Relative L2 errors of f, f' and f'' that are as good as rounding allows.
_GOALS = (1e-13, 3e-12, 3e-11)
# Rounds that do not halve the error, after which it has stopped falling.
_PATIENCE = 2
# Points between the samples, where the error is looked at.
_PROBES = 2_000
# By how much the seed moves each unit, in distances to its neighbour.
_SHIFT = 0.1
# Of a round after the first, which then takes some seconds; and of the first, of a function with dozens of kinks.
_MOST_OPERATIONS, _MOST_AT_FIRST = 4e10, 3e11


class AdaptiveRegressor(SolverModule, FittingModule[Network]):
    """Fits a network to a function that may be sampled anywhere, in float64.

    Args:
        config: of the fit, with its function, domain and rounds.
        samples: of the function; features that they show and the pieces do not are looked at more closely.
        seeds: of the one network.

    Attributes:
        stopped: why the training ended: "converged" (at rounding, or the error stopped falling) or "limit".
    """

    def __init__(self, config: OptimisationConfig, samples: Samples, seeds: Sequence[int]):
        super().__init__()
        assert samples.function is not None, "only a function can be sampled anywhere"
        self.seeds, self._samples, self._rounds = list(seeds), samples, config.epochs
        self._function = ScaledFunction(samples.function, samples.domain, Scaling.of(samples.domain, samples.y))
        self._resolution = self._resolved()
        if (sharper := self._function.around_zero(self._resolution)) is not None:
            self._function = sharper
            self._resolution = self._resolved()
        self.scaling = self._function.scaling
        self._density = Density(self._resolution.edges)
        self._networks: dict[int, Network] = {}
        # All that a checkpoint needs: a round is repeated from its number.
        self.scores = torch.nn.Buffer(torch.full((config.epochs,), torch.inf, dtype=torch.float64))

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One round; returns the error by seed at points between its samples."""
        errors, mse = self._errors(self._fit(self.current_epoch))
        self.scores[self.current_epoch] = max(error / goal for error, goal in zip(errors, _GOALS, strict=True))
        self._stop()
        return {"mse": dict.fromkeys(self.seeds, mse)}

    def final_errors(self) -> dict[int, float]:
        """The mean squared error over all samples (STUDY: *difference*)."""
        fit = evaluate(self.network(self.seeds[0]), self._samples.x, 0)[0]
        return dict.fromkeys(self.seeds, float(np.mean((fit - self._samples.y) ** 2)))

    def findings(self) -> dict[str, float]:
        """The largest error of f between the samples, also relative to the largest value, and the x of it."""
        u, _ = self._between(self.network(self.seeds[0]))
        fit, truth = self._compared(self.network(self.seeds[0]), u, 0)
        errors, largest = np.abs(fit[0] - truth[0]), float(np.abs(truth[0] + self.scaling.y_center).max())
        worst = int(np.argmax(errors))
        error = float(errors[worst])
        place = self.scaling.x_center + self.scaling.x_scale * float(u[worst])
        return {"max_error": error, "max_error_part": error / (largest or 1.0), "max_error_place": place}

    def network(self, seed: int) -> Network:
        """The smallest network whose error is about the lowest."""
        scores = self.scores.numpy()
        return self._fit(int(np.argmax(scores <= max(1.0, 2 * scores.min()))))

    def _resolved(self) -> Resolution:
        """How closely the units are to stand; fewer than would resolve the function where these would take minutes."""
        most = MOST_PIECES
        while True:
            found = self._function.resolution(self._samples, most)
            units = Units.on(Density(found.edges), _FIRST_UNITS)
            if operations(units, _SAMPLES_PER_UNIT) < _MOST_AT_FIRST:
                return found
            most = 2 * most // 3

    def _operations(self, number: int) -> float:
        return operations(Units.on(self._density, _FIRST_UNITS * _GROWTH**number), _SAMPLES_PER_UNIT)

    def _units(self, number: int) -> Units:
        per_piece = _FIRST_UNITS * _GROWTH**number
        shifts = np.random.default_rng(self.seeds[0]).uniform(-_SHIFT, _SHIFT, units_on(self._density, per_piece))
        return Units.on(self._density, per_piece, shifts)

    def _sampled(self, units: int) -> Array:
        places = self._density.places(np.linspace(0, self._density.pieces, _SAMPLES_PER_UNIT * units))
        places[[0, -1]] = self._function.ends
        # At a jump no unit is steep enough: weights that grow for the samples there would cost all others rounding.
        return places[self._resolution.are_outside_breaks(places)]

    def _fit(self, number: int) -> Network:
        """The network of a round."""
        if number not in self._networks:
            self._networks[number] = self._fitted(number)
        return self._networks[number]

    def _fitted(self, number: int) -> Network:
        units = self._units(number)
        u = self._sampled(len(units.places))
        rounding = np.maximum(1.0, _AT_A_SAMPLE * units.steepness * np.abs(units.places))
        coefficients = solve(units, u, self._function(u, 0), _RIDGE * len(u) * rounding**2)
        network = Network((len(units.places),), "tanh", self.scaling, torch.Generator())
        network.set_layers(*units.layers(coefficients))
        return network

    def _errors(self, network: Network) -> tuple[list[float], float]:
        """Relative L2 errors of f, f' and f'' between the samples, and the mean squared error of f there."""
        between, widths = self._between(network)
        fit, truth = self._compared(network, between, len(_GOALS) - 1)
        squares = np.sum(widths * (fit - truth) ** 2, axis=1)
        sizes = np.sum(widths * truth**2, axis=1)
        return np.sqrt(squares / np.where(sizes > 0, sizes, 1)).tolist(), float(squares[0] / widths.sum())

    def _between(self, network: Network) -> tuple[Array, Array]:
        """Points between the samples, and what part of the domain each stands for."""
        u = self._sampled(len(network.biases[0]))
        between, widths, stride = (u[1:] + u[:-1]) / 2, np.diff(u), -(-len(u) // _PROBES)
        kept = self._resolution.are_outside_breaks(between)
        return between[kept][::stride], widths[kept][::stride]

    def _compared(self, network: Network, u: Array, highest: int) -> tuple[Array, Array]:
        """The network's derivatives up to the highest order and the function's at u (n,), f less its mean."""
        s = self.scaling
        fit = evaluate(network, s.x_center + s.x_scale * u, highest)
        fit[0] -= s.y_center
        return fit, self._function.unscaled(u, highest)

    def _stop(self) -> None:
        epoch = self.current_epoch + 1
        done = self.scores[:epoch].numpy()
        falling = epoch <= _PATIENCE or done[-_PATIENCE:].min() < done[:-_PATIENCE].min() / 2
        if done[-1] <= 1 or not falling:
            self.stopped = "converged"
        elif epoch == self._rounds or self._operations(epoch) > _MOST_OPERATIONS:
            self.stopped = "limit"
        self.trainer.should_stop = bool(self.stopped)
