"""The outcomes of the trainings, as figures and questions ask for them."""

from collections.abc import Mapping, Sequence
from functools import cache

from training.arrays import Array
from training.evaluation.failure_rate import Rate
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.regression.success import is_failed
from training.reproduction.needs import Budget, Need


class Results:
    """What was found within a budget."""

    def __init__(self, budget: Budget, outcomes: Mapping[Need, Sequence[TrainingResult]]):
        self.budget = budget
        self._found = {(need.setting, need.repeats > 0): list(found) for need, found in outcomes.items()}

    def together(self, setting: FitConfig, runs: int | None = None) -> list[TrainingResult]:
        """The runs of a setting, or the first of them."""
        return self._of(setting, timed=False)[:runs]

    def alone(self, setting: FitConfig) -> list[TrainingResult]:
        """The timed runs of a setting, one of each seed."""
        return list({outcome.seed: outcome for outcome in self._of(setting, timed=True)}.values())

    def one(self, setting: FitConfig, timed: bool) -> TrainingResult:
        """The run of a setting with the first of its seeds."""
        return self._of(setting, timed)[0]

    def seconds(self, setting: FitConfig) -> list[float]:
        """The times of the first of its seeds, of each repeat."""
        return [o.seconds for o in self._of(setting, timed=True) if o.seed == setting.seed]

    def after(self, setting: FitConfig, epochs: int) -> list[float]:
        """The differences of the runs after so many epochs: those of trainings that end there."""
        return [float(outcome.history[self.budget.passes(epochs) - 1]) for outcome in self.together(setting)]

    def mse(self, setting: FitConfig) -> list[float]:
        """The differences of the runs."""
        return [outcome.mse for outcome in self.together(setting)]

    def relative(self, setting: FitConfig) -> list[float]:
        """The differences as parts of the function's variance: those of different functions can be compared."""
        return [mse / variance(setting) for mse in self.mse(setting)]

    def rate(self, setting: FitConfig) -> Rate:
        """How many of the runs failed."""
        return Rate.of([outcome.failed for outcome in self.together(setting)])

    def rate_after(self, setting: FitConfig, epochs: int) -> Rate:
        """How many had failed if they had ended after so many epochs."""
        return Rate.of([is_failed(mse, variance(setting)) for mse in self.after(setting, epochs)])

    def _of(self, setting: FitConfig, timed: bool) -> list[TrainingResult]:
        return self._found[self.budget.trained(setting), timed]


@cache
def variance(setting: FitConfig) -> float:
    """The variance of the samples' y."""
    return float(sample(setting, setting.seed).y.var())


def truth(setting: FitConfig) -> tuple[Array, Array]:
    """The function at the points of its domain's grid, where the runs have their curves: x and f(x)."""
    function, domain = setting.function, setting.interval
    assert function is not None, "the study knows its functions"
    assert domain is not None, "and where it fits them"
    return domain.grid(), function.derivative(domain.grid())
