"""Whether more pictures would help: the test accuracy against the number of training pictures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np

from training.arrays import Array
from training.classification.config import ClassifyConfig
from training.classification.pictures import PictureSet, digest, parts
from training.classification.trained import Trained
from training.classification.training import train
from training.errors import TrainingDiverged

# Parts of the training pictures, each cut out as often as says the second number.
_PARTS = ((1 / 8, 3), (1 / 4, 3), (1 / 2, 2))
# A training needs pictures of two classes at least, and some of them.
_FEWEST = 8
# The normal quantile of a two-sided 95 % interval; and with what it is too wide to say anything, in points.
_Z, _WIDE = 1.96, 3.0


@dataclass(frozen=True)
class LearningCurve:
    """The accuracies of trainings with parts of the pictures.

    Attributes:
        counts: of the training pictures, growing; the last is all of them.
        accuracies: on the test pictures, means over the trainings with as many.
        tested: the test pictures.
        gain: what twice as many pictures have gained last, as a part of the test pictures, and its 95 % interval.
    """

    counts: list[int]
    accuracies: list[float]
    tested: int
    gain: tuple[float, float, float]

    @property
    def helps(self) -> bool | None:
        """Whether more pictures would help; None where the test pictures are too few to tell."""
        _, low, high = self.gain
        if low > 0:
            return True
        return None if 100 * (high - low) / 2 > _WIDE else False

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the run."""
        return {"gain_of_twice_the_pictures": self.gain[0]}

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the run."""
        return {"more_pictures": self.sentence}

    @property
    def sentence(self) -> str:
        """All of it, for people."""
        gain, low, high = (100 * each for each in self.gain)
        fact = (
            f"from {self.counts[-2]:,} training pictures to {self.counts[-1]:,} the test accuracy gained {gain:.1f} "
            f"points (95 % interval {low:.1f} to {high:.1f})"
        )
        if self.helps is None:
            return f"{self.tested:,} test pictures do not tell whether more pictures would help: {fact}"
        return f"more pictures {'would help' if self.helps else 'would not help'}: {fact}"

    @property
    def table(self) -> Mapping[str, list[float]]:
        """The curve, by column."""
        return {"training_pictures": list(map(float, self.counts)), "test_accuracy": self.accuracies}


def learning_curve(config: ClassifyConfig, pictures: PictureSet, whole: Trained, folder: Path) -> LearningCurve | None:
    """Train with parts of the pictures as `whole` was with all of them; None where there are too few to leave any out.

    Test pictures judge, and choose nothing.
    """
    own, counts, rights = config.with_lambda(whole.l2_lambda), list[int](), list[Array]()
    for size, rounds in _PARTS:
        found = [_right(own, part, folder) for part in _cuts(pictures, size, rounds, config.seed)]
        kept = [right for right in found if right is not None]
        if kept:
            counts.append(round(size * len(pictures.train)))
            rights.append(np.mean(kept, 0))
    if not rights:
        return None
    last = (whole.test.predictions == whole.test.pictures.labels).astype(float)
    accuracies = [float(right.mean()) for right in [*rights, last]]
    return LearningCurve([*counts, len(pictures.train)], accuracies, len(last), _gain(last - rights[-1]))


def _cuts(pictures: PictureSet, size: float, rounds: int, seed: int) -> Iterator[PictureSet]:
    """The set with parts of its training pictures that have none in common, each with its share of every class."""
    numbers = parts(pictures.train.labels, size, seed)
    for number in range(rounds):
        train = pictures.train.take(numbers == number)
        if len(train) >= _FEWEST and len(np.unique(train.labels)) == len(np.unique(pictures.train.labels)):
            yield replace(pictures, train=train, digest=digest(train, pictures.test))


def _right(config: ClassifyConfig, pictures: PictureSet, folder: Path) -> Array | None:
    """Which test pictures are named rightly, 1 or 0, (m,); None where the training diverged."""
    try:
        (one,) = train(config, pictures, folder)
    except TrainingDiverged:
        return None
    right: Array = (one.test.predictions == one.test.pictures.labels).astype(float)
    return right


def _gain(differences: Array) -> tuple[float, float, float]:
    """The mean of what each test picture has gained, and its 95 % interval.

    Where hardly any has changed, there may still be one among three times as many as were tested.
    """
    count, mean = len(differences), float(differences.mean())
    half = max(_Z * float(differences.std()) / sqrt(count), 3 / (count + 3))
    return mean, mean - half, mean + half
