"""Trains classifiers, by the network that the parameters name."""

from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name

from training.classification.config import ClassifyConfig
from training.classification.pictures import PictureSet
from training.classification.trained import Trained


def train(config: ClassifyConfig, pictures: PictureSet, folder: Path) -> list[Trained]:
    """Train a classifier for each λ, from the checkpoints in the folder if there are any; those that did not diverge.

    The folder may have those of other trainings.

    Raises:
        TrainingDiverged: the cost of every λ stopped being a finite number.
    """
    of_network: Callable[[ClassifyConfig, PictureSet, Path], list[Trained]] = resolve_name(config.row.train)
    return of_network(config, pictures, folder)
