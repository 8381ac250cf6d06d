"""The LightningModule that fits networks to samples: one, or many members at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.data.samples import Samples
from training.engine.engine import Engine, TrainingSpec
from training.errors import TrainingDiverged
from training.kernels.permutation import permute
from training.models.networks import Network, Scaling
from training.regression.optimisation_config import OptimisationConfig
from training.runtime.epoch_module import EpochModule

# The error after an epoch is taken at this many samples at most.
WATCHED_SAMPLES = 500
# Samples evaluated at a time: their units then stay in the cache.
EVALUATED = 100


class Regressor(EpochModule):
    """Fits a network for each seed to the samples by mean squared error.

    One Lightning batch is a whole epoch, whose steps the engine takes: Lightning's own work per batch would otherwise
    cost many times the arithmetic of a step. A member has the weights, the batches and, but for rounding, the result
    that it has alone. One that diverges is dropped after that epoch, and the others go on.

    Attributes:
        seeds: of the members that are still in training.
        stopped, noise: what only solvers know (training.regression.solver_regressor).
    """

    stopped = ""
    noise = None

    def __init__(self, config: OptimisationConfig, samples: Samples, seeds: Sequence[int]):
        super().__init__()
        x, y = samples.x, samples.y
        self.config, self.seeds = config, list(seeds)
        self.scaling = Scaling.of(samples.domain, y) if config.standardise else Scaling.none()
        self._x = ((x - self.scaling.x_center) / self.scaling.x_scale).astype(config.dtype)[:, None]
        self._y = ((y - self.scaling.y_center) / self.scaling.y_scale).astype(config.dtype)[:, None]
        self._stride = -(-len(x) // WATCHED_SAMPLES)
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
        mse = ((outputs.astype(np.float64) - y) ** 2).mean((1, 2)) * self.scaling.y_scale**2
        return dict(zip(self.seeds, mse.tolist(), strict=True))

    def network(self, seed: int) -> Network:
        """A member as a network of its own, in float64."""
        network = Network(self.config.hidden, self.config.activation, self.scaling, torch.Generator())
        member = self.seeds.index(seed)
        with torch.no_grad():
            for weight, bias, layer in zip(network.weights, network.biases, self.engine.layers, strict=True):
                weight.copy_(layer[0][member])
                bias.copy_(layer[1][member])
        return network

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The state dict has the rest."""
        checkpoint["seeds"] = self.seeds

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Make room for the members that were still in training."""
        kept = [self.seeds.index(seed) for seed in checkpoint["seeds"]]
        self.seeds = checkpoint["seeds"]
        self.engine = self.engine.select(kept)

    def _engine(self) -> Engine:
        engine = Engine(training_spec(self.config), len(self.seeds))
        for member, seed in enumerate(self.seeds):
            generator = torch.Generator().manual_seed(seed)
            network = Network(self.config.hidden, self.config.activation, self.scaling, generator)
            for weight, bias, layer in zip(network.weights, network.biases, engine.layers, strict=True):
                layer[0][member] = weight.detach()
                layer[1][member] = bias.detach()
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


def training_spec(config: OptimisationConfig, inputs: int = 1, outputs: int = 1) -> TrainingSpec:
    """What the engine needs to know of a fit by steps."""
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
