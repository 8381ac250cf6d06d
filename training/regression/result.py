"""The result of a training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from training.models.networks import Network

Fit = TypeVar("Fit")


@dataclass(frozen=True)
class Result(Generic[Fit]):
    """A training that has ended.

    Attributes:
        seed: of the initial weights and the order of the samples.
        mse: the mean squared error at all samples, infinite where the training diverged.
        seconds: of the training.
        failed: whether it misses the success criterion (training.regression.success).
        network: None where the training diverged, or where only its errors are kept.
        history: the error after each epoch, of at most 500 of the samples.
        stopped: why a solver ended.
        noise_std: the standard deviation of a sample's error, where it is estimated.
        findings: what else a solver has found.
        errors, curve: of the derivatives, and the fit at the points of the domain's grid, where they are asked for.
    """

    seed: int
    mse: float
    seconds: float
    failed: bool
    network: Fit | None = None
    history: Sequence[float] = ()
    stopped: str = ""
    noise_std: float | None = None
    findings: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, float] = field(default_factory=dict)
    curve: NDArray[np.float64] | None = None

    @property
    def diverged(self) -> bool:
        """Whether the loss stopped being a finite number."""
        return not math.isfinite(self.mse)

    @property
    def fit(self) -> Fit:
        """The network of a training that has not diverged."""
        assert self.network is not None, "diverged, or only its errors were kept"
        return self.network


TrainingResult = Result[Network]
# Of one variable or of several, where the network is of no matter.
AnyResult = Result[Any]
