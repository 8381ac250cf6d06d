"""The LightningModule that fits a network of several variables by gradient descent, in the fused engine."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch

from training.engine.engine import Engine
from training.errors import TrainingDiverged
from training.models.field_network import FieldLayers, FieldNetwork, FieldScaling, evaluate
from training.models.networks import glorot_uniform
from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem
from training.regression.optimisation_config import OptimisationConfig
from training.regression.regressor import EVALUATED, WATCHED_SAMPLES, batch_size, order_of, training_spec
from training.runtime.epoch_module import EpochModule
from training.surrogates.samples import relative_errors


class FieldStepRegressor(EpochModule):
    """Fits a network to samples of several variables by mean squared error, an epoch in each training step."""

    def __init__(self, config: OptimisationConfig, problem: Problem):
        super().__init__()
        self._config, self._problem, self._seed = config, problem, config.seed
        box, y, dtype = problem.box, problem.samples.y, np.dtype(config.dtype)
        d, m = box.dimension, y.shape[1]
        self._scaling = FieldScaling.of(box.center, box.half_widths, y)
        if not config.standardise:
            self._scaling = FieldScaling(np.zeros(d), np.ones(d), np.zeros(m), np.ones(m))
        s = self._scaling
        self._x = np.ascontiguousarray((problem.samples.x - s.x_center) / s.x_scale, dtype)
        self._y = np.ascontiguousarray((y - s.y_center) / s.y_scale, dtype)
        self.engine = Engine(training_spec(config, d, m), 1)
        generator = torch.Generator().manual_seed(config.seed)
        for (weights, _), pair in zip(self.engine.layers, pairwise((d, *config.hidden, m)), strict=True):
            weights[0] = glorot_uniform(*pair, generator)
        order_of(self._seed, 0, 1)  # compiled before the clock runs

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One epoch; returns the mean squared error at a few of the samples."""
        order = order_of(self._seed, self.current_epoch, len(self._x))
        self.engine.run(self._x, self._y, batch_size(self._config), iter([order]))
        return {"mse": {self._seed: self._error(-(-len(self._x) // WATCHED_SAMPLES))}}

    def final_errors(self) -> dict[int, float]:
        """The mean squared error at the samples held out."""
        held_out = self._problem.held_out
        fit = evaluate(FieldNetwork(self.best.layers), held_out.x)[0]
        return {self._seed: float(np.mean((fit - held_out.y) ** 2))}

    @property
    def best(self) -> Candidate:
        """The network, in float64."""
        parts = [(weights[0].double().numpy(), biases[0].double().numpy()) for weights, biases in self.engine.layers]
        weights, biases = map(list, zip(*parts, strict=True))
        layers = FieldLayers(self._config.activation, weights, biases, self._scaling)
        return Candidate(layers, relative_errors(layers, self._problem.held_out)[0], self._config.optimizer)

    def _error(self, stride: int) -> float:
        outputs = self.engine.outputs(np.ascontiguousarray(self._x[::stride]), EVALUATED)[0].astype(np.float64)
        error = float(np.mean(((outputs - self._y[::stride]) * self._scaling.y_scale) ** 2))
        if not np.isfinite(error):
            raise TrainingDiverged(
                f"the loss became {error} in epoch {self.current_epoch + 1}: "
                f"try a learning_rate below {self._config.learning_rate:g}"
            )
        return error
