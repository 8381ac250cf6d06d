"""A trained classifier, and what it makes of pictures."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.classification.bias_variance import Diagnosis
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures


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
        held_out: what it makes of training pictures that it was not trained with, where it was trained without some.
    """

    l2_lambda: float
    network: PictureClassifier
    weights: list[Array]
    costs: list[float]
    seconds: float
    train: Judged
    test: Judged
    held_out: Judged | None = None

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the run."""
        accuracies = {"train_accuracy": self.train.accuracy, "test_accuracy": self.test.accuracy}
        return {**accuracies, **self.diagnosis.metrics, "seconds": self.seconds}

    @property
    def diagnosis(self) -> Diagnosis:
        """What to work on."""
        return Diagnosis.of(self.train.accuracy, self.test.accuracy)
