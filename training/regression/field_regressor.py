"""The LightningModule of fits of several variables: a training step is one more fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.arrays import Array
from training.models.field_network import FieldLayers, FieldNetwork, evaluate
from training.regression.field_sampling import Problem
from training.regression.fitting_module import FittingModule
from training.regression.optimisation_config import OptimisationConfig
from training.runtime.epoch_module import SolverModule
from training.surrogates import placed, scattered
from training.surrogates.evident import Evident
from training.surrogates.samples import relative_errors

# A graph with more is refused by the service.
_MOST_NUMBERS = 7_000_000


@dataclass(frozen=True)
class Candidate:
    """A fit and its error at the samples held out, relative to their spread.

    Attributes:
        method: that found it.
        noise_std: the standard deviation of a sample, (m,), where that is estimated.
        evident: the fit with its posterior, where the evidence found it.
        warnings: what is to be said of it.
    """

    layers: FieldLayers
    error: float
    method: str
    noise_std: Array | None = None
    evident: Evident | None = None
    warnings: tuple[str, ...] = ()


class FieldRegressor(SolverModule, FittingModule[Candidate]):
    """Fits a network of one hidden layer to samples of several variables, in float64.

    A checkpoint has no more than the number of fits: each follows from the seed, and is made again.

    Attributes:
        seeds: of the network.
        stopped: "converged", or empty before the end.
    """

    def __init__(self, config: OptimisationConfig, problem: Problem, seeds: Sequence[int]):
        super().__init__()
        self.seeds, self._problem, self._seed = list(seeds), problem, seeds[0]
        self._fits = self._placed() if config.method.samples_anywhere else self._scattered(config.optimizer)
        self._made: list[Candidate] = []

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One more fit; returns the mean squared error of the best so far where no fit has seen samples."""
        while len(self._made) <= self.current_epoch and (found := next(self._fits, None)):
            self._made.append(found)
        if len(self._made) <= self.current_epoch:
            self.stopped = "converged"
            self.trainer.should_stop = True
        return {"mse": self.final_errors()}

    def final_errors(self) -> dict[int, float]:
        """The mean squared error of the best fit at the samples held out."""
        held_out = self._problem.held_out
        fit = evaluate(FieldNetwork(self.best.layers), held_out.x)[0]
        return {self._seed: float(np.mean((fit - held_out.y) ** 2))}

    def network(self, seed: int) -> Candidate:
        """The best fit."""
        return self.best

    @property
    def best(self) -> Candidate:
        """The fit with the lowest error at the samples held out."""
        self._made += self._fits if self.stopped or not self._made else ()
        return min(self._made, key=lambda candidate: candidate.error)

    def _placed(self) -> Iterator[Candidate]:
        p = self._problem
        for found in placed.fits(p.samples, p.held_out, p.box, self._seed):
            yield Candidate(found.layers, found.score, "adaptive")

    def _scattered(self, optimizer: str) -> Iterator[Candidate]:
        """The evidence, unless what it holds out is fitted better otherwise; or variable projection."""
        p = self._problem
        # Nothing else learns from given derivatives.
        method = "auto" if optimizer == "evidence" and len(p.samples.values) == 1 else optimizer
        found = scattered.fit(p.samples, p.box, self._seed, method, p.weights)
        error = relative_errors(found.layers, p.held_out)[0]
        evident, warnings = found.evident, found.warnings
        if evident is not None and evident.roots.size > _MOST_NUMBERS:
            evident, warnings = None, (*warnings, "the bands of so many outputs are too large to be served")
        yield Candidate(found.layers, error, found.method, found.noise_std, evident, warnings)
