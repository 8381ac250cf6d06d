"""A trained classifier, and its predictions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.classification.bias_variance import Diagnosis
from training.classification.calibration import calibration_error, softened, temperature
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures


@dataclass(frozen=True)
class Predictions:
    """The predictions for m pictures: the probability of each class, (m, classes), and the chosen class, (m,)."""

    pictures: Pictures
    probabilities: Array
    predictions: NDArray[np.intp]

    @classmethod
    def together(cls, parts: Sequence["Predictions"]) -> "Predictions":
        """Join predictions for several sets of pictures."""
        if len(parts) == 1:
            return parts[0]
        pixels, labels = (np.concatenate([getattr(one.pictures, of) for one in parts]) for of in ("pixels", "labels"))
        probabilities, predictions = (
            np.concatenate([getattr(one, of) for one in parts]) for of in ("probabilities", "predictions")
        )
        return cls(Pictures(pixels, labels), probabilities, predictions)

    @cached_property
    def accuracy(self) -> float:
        """The fraction of the pictures whose chosen class is right."""
        return float(np.mean(self.predictions == self.pictures.labels))

    def softened(self, temperature: float) -> "Predictions":
        """The same at another temperature than that of the probabilities."""
        return replace(self, probabilities=softened(self.probabilities, temperature))

    @property
    def calibration_error(self) -> float:
        """How far off the probability of the likeliest class is, on average."""
        return calibration_error(self.probabilities, self.pictures.labels)

    @property
    def losses(self) -> Array:
        """-log p of each picture, p being the probability of the right class, (m,)."""
        right = self.probabilities[np.arange(len(self.pictures)), self.pictures.labels]
        return -np.log(np.maximum(right, np.finfo(float).tiny))


@dataclass(frozen=True)
class Trained:
    """A classifier trained with one λ, and its predictions for the training and the test pictures.

    Attributes:
        network: as it is registered.
        weights: of each layer, (out, in).
        costs: after each epoch, L2 included.
        seconds: its part, where several λ were trained together.
        held_out: its predictions for training pictures that it was not trained with, where it was trained without some.
        temperature: at which its probabilities are given, where it is calibrated (training.classification.calibration).
    """

    l2_lambda: float
    network: PictureClassifier
    weights: list[Array]
    costs: list[float]
    seconds: float
    train: Predictions
    test: Predictions
    held_out: Predictions | None = None
    temperature: float | None = None

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the run."""
        accuracies = {"train_accuracy": self.train.accuracy, "test_accuracy": self.test.accuracy}
        found = {**accuracies, **self.diagnosis.metrics, "seconds": self.seconds}
        found["calibration_error"] = self.test.calibration_error
        return found if self.temperature is None else found | {"temperature": self.temperature}

    @property
    def diagnosis(self) -> Diagnosis:
        """Whether to work on the bias or the variance."""
        return Diagnosis.of(self.train.accuracy, self.test.accuracy)

    def calibrated(self, held_out: Predictions) -> "Trained":
        """The same classifier at the temperature of pictures that it was not trained with."""
        found = temperature(held_out.probabilities, held_out.pictures.labels)
        network, train, test = self.network.calibrated(found), self.train.softened(found), self.test.softened(found)
        return replace(self, network=network, train=train, test=test, temperature=found)
