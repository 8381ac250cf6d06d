"""The LightningModule of fits of several variables: a training step is one more fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.models.field_network import FieldLayers, FieldNetwork, evaluate
from training.regression.field_sampling import Problem
from training.regression.optimisation_config import OptimisationConfig
from training.runtime.epoch_module import SolverModule
from training.surrogates import evident, placed
from training.surrogates.evident import Evident
from training.surrogates.samples import relative_errors

# Of the spread of the samples: with noise below it, features that are placed for exact samples may be closer.
_NEARLY_EXACT = 0.01


@dataclass(frozen=True)
class Candidate:
    """A fit and its error at the samples held out, relative to their spread; also as the evidence has found it."""

    layers: FieldLayers
    error: float
    evidence: Evident | None = None


class FieldRegressor(SolverModule):
    """Fits a network of one hidden layer to samples of several variables, in float64.

    A checkpoint has no more than the number of fits: each follows from the seed, and is made again.

    Attributes:
        stopped: "converged", or empty before the end.
    """

    def __init__(self, config: OptimisationConfig, problem: Problem):
        super().__init__()
        self._problem, self._seed = problem, config.seed
        by_evidence = config.method.estimates_noise
        self._fits = self._by_evidence() if by_evidence else self._placed()
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

    @property
    def best(self) -> Candidate:
        """The fit with the lowest error at the samples held out."""
        self._made += self._fits if self.stopped or not self._made else ()
        return min(self._made, key=lambda candidate: candidate.error)

    def _placed(self) -> Iterator[Candidate]:
        p = self._problem
        for found in placed.fits(p.samples, p.held_out, p.box, self._seed):
            yield Candidate(found.layers, found.score)

    def _by_evidence(self) -> Iterator[Candidate]:
        """By the evidence, and where it finds hardly any noise also as exact samples are fitted."""
        p = self._problem
        found = evident.fit(p.samples, self._seed)
        yield Candidate(found.layers, relative_errors(found.layers, p.held_out)[0], found)
        if np.all(found.noise < _NEARLY_EXACT * p.samples.y.std(axis=0)):
            yield from self._placed()
