"""Small trainings for tests."""

from pathlib import Path

from pytorch_lightning import Callback

from tests.support.small_fits import SMALL
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.regression.trainer import train


def trained(folder: Path, *callbacks: Callback, **changes: object) -> list[TrainingResult]:
    config = FitConfig.model_validate(SMALL | changes)
    samples = sample(config, config.seed)
    folder.mkdir(exist_ok=True)
    return list(train(config, samples, folder, callbacks, seconds_between=0))
