"""Classifiers that are trained in a second."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from training.classification.classifier import Classifier
from training.classification.config import ClassifyConfig
from training.classification.pictures import PictureSet
from training.regression.trainer import fit_module, quiet_lightning, single_thread
from training.runtime.callbacks import History, LastCheckpoint


def coloured(pictures: PictureSet) -> PictureSet:
    """Digits in red, green and blue: 16 x 16 x 3."""
    parts = [
        type(part)(np.stack([part.pixels.repeat(2, 1).repeat(2, 2)] * 3, -1), part.labels)
        for part in (pictures.train, pictures.test)
    ]
    return PictureSet("colours", pictures.classes, parts[0], parts[1], "resize", "")


def train(pictures: PictureSet, folder: Path, **changes: Any) -> Classifier:
    config = ClassifyConfig.model_validate({"hidden": "20", "epochs": 30, "l2_lambda": "0.1"} | changes)
    module = Classifier(config, pictures)
    with single_thread(), quiet_lightning():
        fit_module(module, config.epochs, History(), LastCheckpoint(Path(mkdtemp(dir=folder)) / "last.ckpt", 1e9))
    return module
