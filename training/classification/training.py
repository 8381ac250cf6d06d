"""Trains classifiers under Lightning's Trainer, one for each λ, and judges them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.classification.bias_variance import Diagnosis
from training.classification.classifier import Classifier, predictions, probabilities
from training.classification.config import ClassifyConfig
from training.classification.pictures import Pictures, PictureSet
from training.classification.pixel_classifier import PixelClassifier
from training.regression.trainer import fit_module, quiet_lightning, single_thread
from training.runtime import checkpoints
from training.runtime.callbacks import EpochProgressBar, History, LastCheckpoint

# An epoch of MNIST takes a second or two; the last ones are soon done again.
_SECONDS_BETWEEN_CHECKPOINTS = 5.0


@dataclass(frozen=True)
class Judged:
    """What a classifier makes of m pictures: the probability of each class, (m, classes), and its choices, (m,)."""

    pictures: Pictures
    probabilities: Array
    predictions: NDArray[np.intp]

    @cached_property
    def accuracy(self) -> float:
        """The fraction of the pictures that are named rightly."""
        return float(np.mean(self.predictions == self.pictures.labels))

    @property
    def losses(self) -> Array:
        """-log p of each picture, p being the probability of the right class, (m,)."""
        right = self.probabilities[np.arange(len(self.pictures)), self.pictures.labels]
        return -np.log(np.maximum(right, np.finfo(float).tiny))


@dataclass(frozen=True)
class Trained:
    """A classifier trained with one λ, and what it makes of the training and the test pictures.

    Attributes:
        network: as it is registered.
        weights: of each layer, (out, in).
        costs: after each epoch, L2 included.
        seconds: its part, where several λ were trained together.
    """

    l2_lambda: float
    network: PixelClassifier
    weights: list[Array]
    costs: list[float]
    seconds: float
    train: Judged
    test: Judged

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the run."""
        accuracies = {"train_accuracy": self.train.accuracy, "test_accuracy": self.test.accuracy}
        return {**accuracies, **self.diagnosis.metrics, "seconds": self.seconds}

    @property
    def diagnosis(self) -> Diagnosis:
        """What to work on."""
        return Diagnosis.of(self.train.accuracy, self.test.accuracy)


def train(config: ClassifyConfig, pictures: PictureSet, folder: Path) -> list[Trained]:
    """Train all λ together, from the checkpoint in the folder if there is one; those that did not diverge.

    The folder may have those of other trainings.

    Raises:
        TrainingDiverged: the cost of every λ stopped being a finite number.
    """
    module, history = Classifier(config, pictures), History()
    with single_thread(), quiet_lightning():
        path = folder / f"{checkpoints.digest(config, pictures.digest)}.ckpt"
        last = LastCheckpoint(path, _SECONDS_BETWEEN_CHECKPOINTS)
        fit_module(module, config.epochs, history, last, EpochProgressBar(pictures.name))
        judged = zip(_judged(module, pictures.train), _judged(module, pictures.test), strict=True)
        return [
            Trained(
                strength,
                PixelClassifier.of(module, strength),
                [weights for weights, _ in module.layers(strength)],
                history.curve(strength),
                history.seconds[-1] / len(config.l2_lambda),
                *parts,
            )
            for strength, parts in zip(module.lambdas, judged, strict=True)
        ]


def _judged(module: Classifier, pictures: Pictures) -> Iterator[Judged]:
    """What each member makes of the pictures."""
    for logits in module.logits(pictures.pixels):
        yield Judged(pictures, probabilities(logits, module.config.loss), predictions(logits))
