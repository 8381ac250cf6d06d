"""What a study makes of a fit: its samples, trainings, errors and figures, of one variable and of several."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Generic

from matplotlib.figure import Figure
from mlflow.entities import Dataset

from training.arrays import Array
from training.data.samples import Samples
from training.evaluation.accuracy import accuracy
from training.evaluation.field_evaluation import errors_of
from training.models.networks import Network, count_weights
from training.plotting import field_plots, plots
from training.regression import field_sampling
from training.regression.config import FitConfig
from training.regression.ensemble import Ensemble, on_grid
from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem
from training.regression.field_trainer import train_field
from training.regression.result import Fit, Result
from training.regression.sampling import sample
from training.regression.trainer import train
from training.tracking import dataset_input

# Of the variance of y: a squared difference below it is rounding, which is not drawn.
_AT_ROUNDING = 1e-22


class Fitting(ABC, Generic[Fit]):
    """A fit with what it learns from.

    Attributes:
        samples: what it learns from.
    """

    samples: Samples | Problem

    def __init__(self, config: FitConfig):
        self.config = config

    @property
    @abstractmethod
    def dataset(self) -> Dataset:
        """Its samples as MLflow shows them."""

    @abstractmethod
    def train(self, config: FitConfig, folder: Path, seconds_between: float = 1.0) -> Iterator[Result[Fit]]:
        """Train a fit of the same samples.

        Raises:
            TrainingDiverged: no member ended with a finite loss.
        """

    @abstractmethod
    def ensemble(self) -> Ensemble[Fit]:
        """An empty ensemble for its members."""

    @abstractmethod
    def weights(self, fit: Fit) -> int:
        """All trained numbers of a network."""

    @abstractmethod
    def errors(self, fit: Fit) -> dict[str, float]:
        """The relative errors of a network and its derivatives, as far as what is right is known."""

    @abstractmethod
    def curve(self, fit: Fit) -> Array | None:
        """The values of a network at the points of the domain's grid, (n,); None of several variables."""

    @abstractmethod
    def figures(self, members: Ensemble[Fit]) -> Mapping[str, Figure]:
        """All fits over the function, and the best of them; more would take longer than the training."""


class OfOneVariable(Fitting[Network]):
    """A fit of one variable; checked says whether the function is known to be smooth on the domain."""

    samples: Samples

    def __init__(self, config: FitConfig, checked: bool):
        super().__init__(config)
        self.samples = sample(config, config.seed, checked)

    @property
    def dataset(self) -> Dataset:
        return dataset_input.of_samples(self.config, self.samples)

    def train(self, config: FitConfig, folder: Path, seconds_between: float = 1.0) -> Iterator[Result[Network]]:
        return train(config, self.samples, folder, (), seconds_between, bar=False)

    def ensemble(self) -> Ensemble[Network]:
        return Ensemble(on_grid(self.samples.domain))

    def weights(self, fit: Network) -> int:
        return count_weights(fit)

    def errors(self, fit: Network) -> dict[str, float]:
        known = self.config.function
        return {} if known is None else accuracy(fit, known, self.samples.domain)

    def curve(self, fit: Network) -> Array:
        return on_grid(self.samples.domain)(fit)

    def figures(self, members: Ensemble[Network]) -> Mapping[str, Figure]:
        config, samples, found = self.config, self.samples, dict[str, Figure]()
        title, function, names = config.fitted, config.function, plots.names(config)
        if config.runs > 1:
            found["members"] = plots.members(title, function, samples.domain, members.curves, *names)
        if members.curves:
            best = plots.Picture(title, members.best.fit, samples.domain, function, samples, (), *names)
            found |= plots.briefly(best, differs=members.best.mse > _AT_ROUNDING * samples.y.var())
        return found


class OfSeveralVariables(Fitting[Candidate]):
    """A fit of several variables."""

    samples: Problem

    def __init__(self, config: FitConfig):
        super().__init__(config)
        self.samples = field_sampling.sample(config, config.seed)

    @property
    def dataset(self) -> Dataset:
        return dataset_input.of_field(self.config, self.samples)

    def train(self, config: FitConfig, folder: Path, seconds_between: float = 1.0) -> Iterator[Result[Candidate]]:
        return train_field(config, self.samples, folder, seconds_between, bar=False)

    def ensemble(self) -> Ensemble[Candidate]:
        return Ensemble()

    def weights(self, fit: Candidate) -> int:
        return fit.layers.parameters

    def errors(self, fit: Candidate) -> dict[str, float]:
        return errors_of(fit.layers, self.samples.judged)

    def curve(self, fit: Candidate) -> None:
        return None

    def figures(self, members: Ensemble[Candidate]) -> Mapping[str, Figure]:
        if not members.finite:
            return {}
        p = self.samples
        picture = field_plots.FieldPicture(p.box, self.config.outputs, members.best.fit.layers, p.function, p.judged)
        return field_plots.briefly(picture)


def fitting(config: FitConfig, checked: bool = False) -> Fitting[Any]:
    """Sample what a configuration fits.

    Raises:
        InvalidParameter: the function cannot be sampled on the domain, or the data cannot be used.
    """
    return OfSeveralVariables(config) if config.variables else OfOneVariable(config, checked)
