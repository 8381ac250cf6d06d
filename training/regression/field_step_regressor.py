"""The LightningModule that fits networks of several variables by gradient descent, in the fused engine."""

from collections.abc import Sequence

import numpy as np

from training.models.field_network import FieldLayers, FieldNetwork, FieldScaling, evaluate
from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem
from training.regression.optimisation_config import OptimisationConfig
from training.regression.regressor import StepRegressor
from training.surrogates.samples import relative_errors


class FieldStepRegressor(StepRegressor[Candidate]):
    """Fits a network of several variables for each seed to the samples."""

    def __init__(self, config: OptimisationConfig, problem: Problem, seeds: Sequence[int]):
        box, y = problem.box, problem.samples.y
        d, m = box.dimension, y.shape[1]
        s = FieldScaling.of(box.center, box.half_widths, y)
        if not config.standardise:
            s = FieldScaling(np.zeros(d), np.ones(d), np.zeros(m), np.ones(m))
        x = (problem.samples.x - s.x_center) / s.x_scale
        super().__init__(config, x, (y - s.y_center) / s.y_scale, s.y_scale, seeds)
        self._problem, self._scaling = problem, s

    def errors(self) -> dict[int, float]:
        """The mean squared error of each seed at the samples held out."""
        held_out = self._problem.held_out
        fits = {seed: evaluate(FieldNetwork(self.network(seed).layers), held_out.x)[0] for seed in self.seeds}
        return {seed: float(np.mean((fit - held_out.y) ** 2)) for seed, fit in fits.items()}

    def network(self, seed: int) -> Candidate:
        """A member in float64."""
        parts = [(weights.double().numpy(), biases.double().numpy()) for weights, biases in self.layers(seed)]
        weights, biases = map(list, zip(*parts, strict=True))
        layers = FieldLayers(self.config.activation, weights, biases, self._scaling)
        return Candidate(layers, relative_errors(layers, self._problem.held_out)[0], self.config.optimizer)
