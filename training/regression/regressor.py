"""The LightningModule that fits networks to samples: one, or many members at once."""

from abc import abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.arrays import Array
from training.data.samples import Samples
from training.engine.engine import Engine, TrainingSpec
from training.errors import TrainingDiverged
from training.kernels.permutation import permute
from training.models.networks import Network, Scaling, glorot_uniform
from training.regression.fitting_module import FittingModule
from training.regression.optimisation_config import OptimisationConfig
from training.regression.result import Fit

# The error after an epoch is taken at this many samples at most.
WATCHED_SAMPLES = 500
# Samples evaluated at a time: their units then stay in the cache.
EVALUATED = 100


class StepRegressor(FittingModule[Fit]):
    """Fits a network for each seed to samples x (n, d), y (n, m) by mean squared error.

    One Lightning batch is a whole epoch, whose steps the engine takes: Lightning's own work per batch would otherwise
    cost many times the arithmetic of a step. A member has the weights, the batches and, but for rounding, the result
    that it has alone. One that diverges is dropped after that epoch, and the others go on.

    Args:
        config: of the training.
        x, y: scaled.
        y_scale: what brings differences back to units of the samples, a number or (m,).
        seeds: of the members.

    Attributes:
        seeds: of the members that are still in training.
    """

    def __init__(self, config: OptimisationConfig, x: Array, y: Array, y_scale: Array | float, seeds: Sequence[int]):
        super().__init__()
        self.config, self.seeds = config, list(seeds)
        self._x, self._y = (np.ascontiguousarray(part, config.dtype) for part in (x, y))
        self._y_scale, self._stride = y_scale, -(-len(x) // WATCHED_SAMPLES)
        self.engine = self._engine()
        order_of(0, 0, 0)  # compiled before the clock runs

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One epoch over the samples, in an order for each member; returns its error at a few of them by seed."""
        self.engine.run(self._x, self._y, batch_size(self.config), map(self.order, self.seeds))
        errors = self._errors(self._stride)
        self._drop_diverged(errors)
        return {"mse": errors}

    def final_errors(self) -> dict[int, float]:
        """The errors over all samples at the end of a training; members that diverged are dropped."""
        errors = self.errors()
        self._drop_diverged(errors)
        return errors

    def order(self, seed: int) -> NDArray[np.int32]:
        """This epoch's order of the samples: from seed and epoch alone, so that a resumed run repeats it."""
        return order_of(seed, self.current_epoch, len(self._x))

    def errors(self) -> dict[int, float]:
        """The mean squared error of each seed over all samples (STUDY: *difference*)."""
        return self._errors(1)

    def _errors(self, stride: int) -> dict[int, float]:
        x, y = self._x[::stride], self._y[::stride]
        outputs = self.engine.outputs(np.ascontiguousarray(x), EVALUATED)
        squares = ((outputs.astype(np.float64) - y) ** 2).mean(1) * self._y_scale**2
        return dict(zip(self.seeds, squares.mean(1).tolist(), strict=True))

    @abstractmethod
    def network(self, seed: int) -> Fit:
        """A member as a network of its own, in float64."""

    def layers(self, seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The weights (fan_in, fan_out) and biases (fan_out,) of a member's layers."""
        member = self.seeds.index(seed)
        return [(weights[member], biases[member]) for weights, biases in self.engine.layers]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The state dict has the rest."""
        checkpoint["seeds"] = self.seeds

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Make room for the members that were still in training."""
        kept = [self.seeds.index(seed) for seed in checkpoint["seeds"]]
        self.seeds = checkpoint["seeds"]
        self.engine = self.engine.select(kept)

    def _engine(self) -> Engine:
        spec = training_spec(self.config, self._x.shape[1], self._y.shape[1])
        engine = Engine(spec, len(self.seeds))
        for member, seed in enumerate(self.seeds):
            generator = torch.Generator().manual_seed(seed)
            for (weights, biases), pair in zip(engine.layers, pairwise(spec.sizes), strict=True):
                weights[member], biases[member] = glorot_uniform(*pair, generator), 0.0
        return engine

    def _drop_diverged(self, errors: dict[int, float]) -> None:
        kept = [member for member, error in enumerate(errors.values()) if np.isfinite(error)]
        if not kept:
            raise TrainingDiverged(
                f"the loss became {next(iter(errors.values()))} in epoch {self.current_epoch + 1}: "
                f"try a learning_rate below {self.config.learning_rate:g}"
            )
        if len(kept) < len(self.seeds):
            self.seeds = [self.seeds[member] for member in kept]
            self.engine = self.engine.select(kept)


class Regressor(StepRegressor[Network]):
    """Fits a network of one variable for each seed to the samples."""

    def __init__(self, config: OptimisationConfig, samples: Samples, seeds: Sequence[int]):
        scaling = Scaling.of(samples.domain, samples.y) if config.standardise else Scaling.none()
        x = (samples.x - scaling.x_center) / scaling.x_scale
        y = (samples.y - scaling.y_center) / scaling.y_scale
        super().__init__(config, x[:, None], y[:, None], scaling.y_scale, seeds)
        self.scaling = scaling

    def network(self, seed: int) -> Network:
        """A member as a network of its own, in float64."""
        network = Network(self.config.hidden, self.config.activation, self.scaling, torch.Generator())
        with torch.no_grad():
            for weight, bias, layer in zip(network.weights, network.biases, self.layers(seed), strict=True):
                weight.copy_(layer[0])
                bias.copy_(layer[1])
        return network


def training_spec(config: OptimisationConfig, inputs: int = 1, outputs: int = 1) -> TrainingSpec:
    """The engine's specification of a fit by steps."""
    assert config.optimizer in ("adam", "sgd"), "other optimizers take no steps"
    assert config.learning_rate is not None, "its preset has one"
    return TrainingSpec(
        sizes=(inputs, *config.hidden, outputs),
        activation=config.activation,
        loss="mean_squared_error",
        optimizer=config.optimizer,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        dtype=getattr(torch, config.dtype),
    )


def order_of(seed: int, epoch: int, samples: int) -> NDArray[np.int32]:
    """The order of the samples in an epoch of a member: from seed and epoch alone, so that a resumed run repeats it."""
    (mixed,) = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)
    order = np.empty(samples, np.int32)
    permute(order, mixed)
    return order


def batch_size(config: OptimisationConfig) -> int:
    """Samples in a step."""
    assert config.batch_size is not None, "its optimizer has one"
    return config.batch_size


def working_set(config: OptimisationConfig, samples: int) -> int:
    """Bytes that a step of one member touches: parameters, gradient, two averages of it, units and their gradients."""
    of = training_spec(config)
    units = 2 * sum(config.hidden) * min(batch_size(config), samples)
    return (4 * of.parameters + units) * of.dtype.itemsize
