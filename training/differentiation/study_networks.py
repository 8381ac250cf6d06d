"""The study's networks whose derivatives are compared, and its figures of them, 42 to 50."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from training.data.samples import Samples
from training.differentiation.config import DerivativesConfig
from training.differentiation.finite_differences import (
    Errors,
    both_figure,
    error_figure,
    fit_figure,
    function_figure,
)
from training.regression.ensemble import Ensemble, on_grid
from training.regression.optimisation_config import OptimisationConfig
from training.regression.result import TrainingResult
from training.regression.trainer import train


@dataclass(frozen=True)
class StudyNetwork:
    """One of the study's networks of two equal layers, and of each of its figures the order that it shows."""

    units: int
    epochs: int
    batch_size: int
    figures: Mapping[int, int]


STUDY = (
    StudyNetwork(30, 15, 100, {44: 0, 45: 1, 46: 2}),
    StudyNetwork(200, 100, 100, {47: 1, 48: 2}),
    StudyNetwork(300, 100, 100, {49: 2}),
    StudyNetwork(500, 20, 50, {50: 2}),
)
# Those of the function alone.
FUNCTION_FIGURES = {42: 1, 43: 2}


def with_network(config: DerivativesConfig, setting: StudyNetwork) -> DerivativesConfig:
    """The parameters of the trainings of a network of the study."""
    layers = {"hidden": (setting.units, setting.units), "epochs": setting.epochs, "batch_size": setting.batch_size}
    return config.model_copy(update=layers)


def best_of(config: OptimisationConfig, samples: Samples, folder: Path) -> TrainingResult:
    """The best of the trainings of a network, with its checkpoints in the folder."""
    members = Ensemble(on_grid(samples.domain))
    for member in train(config, samples, folder):
        members.add(member)
    return members.best


def numbered(setting: StudyNetwork, errors: Errors) -> dict[str, Figure]:
    """The figures of a network under the study's numbers; those of the function come with the fit's."""
    c = errors.comparison
    figures = {f"error_against_step_{setting.units}": error_figure(errors)}
    if 0 in setting.figures.values():
        figures |= {f"figure_{number}": function_figure(c, order) for number, order in FUNCTION_FIGURES.items()}
    for number, order in setting.figures.items():
        figures[f"figure_{number}"] = both_figure(errors, order) if order else fit_figure(c)
    return figures
