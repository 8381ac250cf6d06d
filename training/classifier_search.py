"""Chooses λ on a part of the training pictures, so that the test pictures are seen once, by what was chosen."""

from collections.abc import Sequence
from dataclasses import replace

from training.classifier_training import Trained
from training.classify_config import ClassifyConfig
from training.pictures import PictureSet, digest, hold_out


def without_test(pictures: PictureSet, config: ClassifyConfig) -> PictureSet:
    """The training pictures, of which a part, the same of each class, now stands where the test pictures did."""
    train, test = hold_out(pictures.train, config.validation, config.seed)
    return replace(pictures, train=train, test=test, digest=digest(train, test))


def best(candidates: Sequence[Trained]) -> Trained:
    """The highest accuracy; of equals the strongest λ: the simplest network that does as well."""
    return max(candidates, key=lambda candidate: (candidate.test.accuracy, candidate.l2_lambda))
