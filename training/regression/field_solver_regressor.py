"""The LightningModule that fits a network of several variables and of a given shape: a step is an iteration."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from training.models.field_network import FieldNetwork, evaluate
from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem
from training.regression.fitting_module import FittingModule
from training.regression.optimisation_config import OptimisationConfig
from training.runtime.epoch_module import SolverModule
from training.surrogates.samples import FieldSamples, relative_errors, split
from training.surrogates.trained import HELD_OUT, STEEPNESSES, NetworkSpec, Progress, Training

# Samples that it learns from at most, for each parameter of the hidden layers; of less all are of use.
_SAMPLES, _FEWEST_SAMPLES = 4, 2_000


class FieldSolverRegressor(SolverModule, FittingModule[Candidate]):
    """Fits a network to samples by variable projection or Levenberg and Marquardt, in float64.

    It is stopped by values that it does not learn from: those of a function between its samples, or a tenth of the
    data that the fit sees.

    Attributes:
        seeds: of the network.
        stopped: "converged" where the error at what stops it has stopped falling, "limit" at the last iteration.
    """

    def __init__(self, config: OptimisationConfig, problem: Problem, seeds: Sequence[int]):
        super().__init__()
        self.config, self.seeds, self._problem = config, list(seeds), problem
        seen, stopping, weights = problem.samples, problem.held_out, problem.weights
        if problem.function is None:
            rows, out = split(len(seen.x), HELD_OUT, seeds[0])
            seen, stopping = seen.take(rows), seen.take(out)
            weights = None if weights is None else weights[rows]
        specs = [NetworkSpec(config.hidden, steepness, config.activation) for steepness in STEEPNESSES]
        most = max(_FEWEST_SAMPLES, _SAMPLES * specs[0].parameters(problem.box.dimension))
        if len(seen.x) > most:
            rows = np.random.default_rng(seeds[0]).choice(len(seen.x), most, replace=False)
            seen, weights = seen.take(rows), None if weights is None else weights[rows]
        values, known = FieldSamples(seen.x, seen.values[:1]), (seeds[0], weights, config.optimizer)
        started = [Training(values, stopping, spec, *known) for spec in specs]
        self._training = min(started, key=lambda training: training.progress.error)

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One iteration; returns the mean squared error at the samples held out, of the best network so far."""
        if not self._training.advance():
            self.stopped = "converged"
        elif self.current_epoch + 1 == self.config.epochs:
            self.stopped = "limit"
        self.trainer.should_stop = bool(self.stopped)
        return {"mse": self.final_errors()}

    def final_errors(self) -> dict[int, float]:
        """The mean squared error at the samples held out."""
        held_out = self._problem.held_out
        fit = evaluate(FieldNetwork(self._training.layers), held_out.x)[0]
        return dict.fromkeys(self.seeds, float(np.mean((fit - held_out.y) ** 2)))

    def network(self, seed: int) -> Candidate:
        """The network as it was where what stops it was fitted best."""
        layers = self._training.layers
        return Candidate(layers, relative_errors(layers, self._problem.held_out)[0], self.config.optimizer)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """How far the training is; what it started from follows from the seed."""
        super().on_save_checkpoint(checkpoint)
        theta, best, *numbers = self._training.progress
        checkpoint["progress"] = (torch.from_numpy(theta), torch.from_numpy(best), *numbers)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on from there."""
        super().on_load_checkpoint(checkpoint)
        theta, best, *numbers = checkpoint["progress"]
        self._training.progress = Progress(theta.numpy(), best.numpy(), *numbers)
