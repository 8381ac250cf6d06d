"""Chooses λ, and the temperature, on training pictures that were left out, so that the test pictures are seen once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.classification.config import ClassifyConfig
from training.classification.pictures import PictureSet, digest, parts
from training.classification.trained import Predictions, Trained
from training.classification.training import train
from training.errors import TrainingDiverged

# A part of fewer pictures says little: then each part is left out in turn, and all are judged.
_ENOUGH = 2_000


@dataclass(frozen=True)
class Candidate:
    """How a λ does on pictures that it was not trained with.

    The loss is the mean of -log p over these pictures, p being the probability of the right class. It says more than
    the accuracy, which for few pictures is the same for many λ, and the best for one that always gives the same answer.

    Attributes:
        held_out: its predictions for these pictures.
    """

    l2_lambda: float
    train_accuracy: float
    validation_accuracy: float
    validation_loss: float
    seconds: float
    pictures: int  # that it is judged on
    held_out: Predictions | None = None

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of its run."""
        names = ("train_accuracy", "validation_accuracy", "validation_loss", "seconds", "pictures")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of(cls, rounds: Sequence[Trained]) -> "Candidate":
        """The same λ, trained without one part after the other."""
        held_out = Predictions.together([one.test for one in rounds])
        accuracy, loss = held_out.accuracy, float(held_out.losses.mean())
        train_accuracy = float(np.mean([one.train.accuracy for one in rounds]))
        seconds = sum(one.seconds for one in rounds)
        return cls(rounds[0].l2_lambda, train_accuracy, accuracy, loss, seconds, len(held_out.pictures), held_out)


def search(config: ClassifyConfig, pictures: PictureSet, folder: Path) -> list[Candidate]:
    """Train all λ without a part of the training pictures and judge them there; those that did not diverge.

    Raises:
        TrainingDiverged: all did.
    """
    rounds: dict[float, list[Trained]] = {}
    sets = list(_sets(pictures, config))
    for part in sets:
        for one in train(config, part, folder):
            rounds.setdefault(one.l2_lambda, []).append(one)
    found = [Candidate.of(trained) for trained in rounds.values() if len(trained) == len(sets)]
    if not found:
        raise TrainingDiverged(
            "every λ diverged without one part of the pictures or another: try a lower learning_rate"
        )
    return found


def best(candidates: Sequence[Candidate]) -> Candidate:
    """The lowest loss."""
    return min(candidates, key=lambda candidate: candidate.validation_loss)


def select(trained: Sequence[Trained], chosen: float | None) -> Trained:
    """The one with the chosen λ, or else that of the highest test accuracy."""
    of_chosen = [one for one in trained if one.l2_lambda == chosen]
    return of_chosen[0] if of_chosen else max(trained, key=lambda one: one.test.accuracy)


def by_held_out(trained: Sequence[Trained]) -> float | None:
    """The λ of the least loss on training pictures that were held out, where each of several has some."""
    losses = {one.l2_lambda: float(one.held_out.losses.mean()) for one in trained if one.held_out}
    return min(losses, key=losses.__getitem__) if len(losses) == len(trained) > 1 else None


def calibrated(trained: Sequence[Trained], candidates: Sequence[Candidate]) -> list[Trained]:
    """Each at the temperature that pictures show which it was not trained with; unchanged where there are none.

    These are its own, or those of the candidate with its λ.
    """
    of_candidates = {one.l2_lambda: one.held_out for one in candidates}
    judged = [one.held_out or of_candidates.get(one.l2_lambda) for one in trained]
    return [one if on is None else one.calibrated(on) for one, on in zip(trained, judged, strict=True)]


def _sets(pictures: PictureSet, config: ClassifyConfig) -> Iterator[PictureSet]:
    """The training pictures without a part, which stands where the test pictures did."""
    numbers = parts(pictures.train.labels, config.validation, config.seed)
    count = numbers.max() + 1 if len(pictures.train) < _ENOUGH else 1
    for number in range(count):
        kept, left_out = pictures.train.take(numbers != number), pictures.train.take(numbers == number)
        yield replace(pictures, train=kept, test=left_out, digest=digest(kept, left_out))
