"""Runs trainings of several variables, from their checkpoints where there are any."""

from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem
from training.regression.fitting_module import FittingModule
from training.regression.optimisation_config import OptimisationConfig
from training.regression.result import Result
from training.regression.trainer import train_groups

FieldTraining = Result[Candidate]
# More fits than any training makes.
_MOST_FITS = 100


def train_field(
    config: OptimisationConfig, problem: Problem, folder: Path, seconds_between: float = 1.0, bar: bool = True
) -> Iterator[FieldTraining]:
    """Train a network for each seed, one after the other; as training.regression.trainer.train.

    Raises:
        TrainingDiverged: no member ended with a finite loss.
    """
    finds_units = not config.hidden
    path = config.method.field_module if finds_units else config.method.shaped_field_module

    def module(seeds: list[int]) -> FittingModule[Candidate]:
        # Numba and SciPy's solvers are imported by who uses them.
        made: FittingModule[Candidate] = resolve_name(path)(config, problem, seeds)
        return made

    grouped = [[seed] for seed in range(config.seed, config.seed + config.trainings)]
    epochs = _MOST_FITS if finds_units else config.epochs
    return train_groups(config, grouped, module, problem.variance, folder, (), seconds_between, bar, epochs)
