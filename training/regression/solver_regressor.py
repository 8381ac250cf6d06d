"""The LightningModule of the optimizers that are no gradient descent: a training step is an iteration of a solver."""

from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import Any

import numpy as np
import torch

from training.arrays import Array
from training.data.samples import Samples
from training.errors import TrainingDiverged
from training.evidence.automatic import AutomaticEvidence
from training.evidence.bayesian_ridge import Evidence
from training.evidence.periodic import PeriodicEvidence
from training.features.resolution import Density
from training.models.networks import Network, Scaling, evaluate
from training.regression.fitting_module import FittingModule
from training.regression.optimisation_config import OptimisationConfig
from training.regression.scaled_function import ScaledFunction
from training.runtime.epoch_module import SolverModule
from training.solvers.iterative import Solver
from training.solvers.node_selection import node_selection
from training.solvers.problem import Problem

# A weighted residual, relative to y, that no fit in float64 is below.
_ROUNDING = 2e-16
# An iteration is worth its time while so many of them lower the residual by at least this part.
_PATIENCE, _WORTHWHILE = 50, 0.02
# To this part within fewer iterations than that: the fit would have become much better.
_FALLING = 0.5
# Above it the units start where the function needs them: the wave functions and their like, below it, gain nothing.
_UNEVEN = 4.0


class SolverRegressor(SolverModule, FittingModule[Network]):
    """Fits one network to samples by varpro, lm, lbfgs or evidence, in float64.

    All but evidence look at the samples next to Chebyshev nodes only.

    Attributes:
        seeds: of the network, or none where the training diverged.
        stopped: why the training ended: "converged", "stalled" (no step lowers the error), "limit" (the last epoch) or
            "early" (the last epoch, while the error was falling fast); empty before its end.
    """

    def __init__(self, config: OptimisationConfig, samples: Samples, seeds: Sequence[int]):
        super().__init__()
        self.config, self.seeds, self.samples = config, list(seeds), samples
        self.scaling = Scaling.of(samples.domain, samples.y)
        scaled = (samples.x - self.scaling.x_center) / self.scaling.x_scale
        self._density = self._uneven()
        self._by_evidence = config.method.estimates_noise
        seen = np.arange(len(scaled)) if self._by_evidence else node_selection(scaled, config.hidden, self._density)
        self._y, self._weights = _rows(samples.take(seen), self.scaling)
        self._rows_of_y = len(seen)
        self.solver = self._solver(scaled[seen])
        self._marked = torch.nn.Buffer(torch.full((), torch.inf, dtype=torch.float64))

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One iteration; returns the error by seed at the samples that the solver looks at."""
        go_on = self.solver.iterate()
        residual = self.solver.residual()
        if not np.isfinite(residual).all():
            raise TrainingDiverged(f"the loss became {np.sum(residual**2):g} in iteration {self.current_epoch + 1}")
        self._stop(go_on, float(np.sqrt(np.mean(residual**2))))
        y = slice(self._rows_of_y)
        mse = float(np.mean((residual[y] / self._weights[y]) ** 2)) * self.scaling.y_scale**2
        return {"mse": dict.fromkeys(self.seeds, mse)}

    def final_errors(self) -> dict[int, float]:
        """The mean squared error of each seed over all samples (STUDY: *difference*)."""
        return {seed: self._mse(self.network(seed)) for seed in self.seeds}

    def network(self, seed: int) -> Network:
        """The network with its derivatives."""
        sizes = (
            self.solver.sizes if isinstance(self.solver, AutomaticEvidence | PeriodicEvidence) else self.config.hidden
        )
        network = Network(sizes, self.config.activation, self.scaling, torch.Generator())
        network.set_layers(*self.solver.layers())
        if isinstance(self.solver, AutomaticEvidence):
            network.set_log_posterior_std(self.solver.log_posterior_std.numpy())
        elif isinstance(self.solver, Evidence | PeriodicEvidence):
            network.set_posterior(self.solver.root)
        return network

    @property
    def noise_std(self) -> float | None:
        """The estimated standard deviation of a sample (of weight 1), in units of y; None where none is estimated."""
        if isinstance(self.solver, Evidence | AutomaticEvidence | PeriodicEvidence):
            return float(self.solver.noise_std) * self.scaling.y_scale
        return None

    def findings(self) -> Mapping[str, float]:
        """The solver's findings on the noise, beside its size."""
        return self.solver.findings if isinstance(self.solver, AutomaticEvidence) else {}

    def _solver(self, x: Array) -> Solver:
        config, (seed,) = self.config, self.seeds
        period = None if config.period is None else config.period / self.scaling.x_scale
        network = (config.hidden, config.activation, seed, self._density)
        solver: Solver = resolve_name(config.method.solver)(
            Problem(x, self._y, self._weights, *network, config.noise, period)
        )
        return solver

    def _uneven(self) -> Density | None:
        """Where a function has to be looked at far more closely than elsewhere; None where that is nowhere."""
        if self.samples.function is None or self.samples.standard_error is not None:
            return None  # measured samples say nothing of where a function is
        function = ScaledFunction(self.samples.function, self.samples.domain, self.scaling)
        density = Density(function.resolution(self.samples).edges)
        return density if density.unevenness > _UNEVEN else None

    def _stop(self, go_on: bool, error: float) -> None:
        epoch, before = self.current_epoch + 1, float(self._marked)
        if error < _ROUNDING or self._by_evidence:
            self.stopped = "converged"
        elif not go_on:
            self.stopped = "stalled"
        elif epoch % _PATIENCE == 0 and error > (1 - _WORTHWHILE) * before:
            self.stopped = "converged"
        elif epoch == self.config.epochs:
            self.stopped = "early" if error < _FALLING * before else "limit"
        if epoch % _PATIENCE == 0:
            self._marked.fill_(error)
        if self.stopped:
            self.trainer.should_stop = True

    def _mse(self, network: Network) -> float:
        return float(np.mean((evaluate(network, self.samples.x, 0)[0] - self.samples.y) ** 2))


def _rows(samples: Samples, scaling: Scaling) -> tuple[Array, Array]:
    """Scaled y with the derivatives below it, and the weights of all, which bring derivatives to the order of y."""
    y, weights = [(samples.y - scaling.y_center) / scaling.y_scale], [samples.weights]
    for order, derivative in enumerate(samples.derivatives, 1):
        y.append(derivative * scaling.x_scale**order / scaling.y_scale)
        weights.append(samples.weights / (float(np.std(y[-1])) or 1.0))
    return np.concatenate(y), np.concatenate(weights)
