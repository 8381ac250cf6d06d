"""Whether more pictures would help."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.pictures import digits
from training.classification.config import ClassifyConfig
from training.classification.diagnosis.learning_curve import LearningCurve, learning_curve
from training.classification.pictures import PictureSet
from training.classification.training import train


def curve(folder: Path, pictures: PictureSet) -> LearningCurve | None:
    own = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 32}
    config = ClassifyConfig.model_validate(
        own | {"hidden": "none", "loss": "cross_entropy", "l2_lambda": "1", "epochs": 40}
    )
    (whole,) = train(config, pictures, folder)
    return learning_curve(config, pictures, whole, folder)


def test_of_few_digits_more_would_help(tmp_path: Path) -> None:
    found = curve(tmp_path, digits(train=160, test=1_000))
    assert found is not None
    assert found.counts == [20, 40, 80, 160]
    assert found.helps
    assert found.accuracies == sorted(found.accuracies)
    assert found.sentence.startswith(
        "more pictures would help: from 80 training pictures to 160 the test accuracy gained"
    )
    assert found.metrics["gain_of_twice_the_pictures"] > 0.02
    assert len(found.table["test_accuracy"]) == len(found.counts)


def test_where_one_pixel_says_it_all_more_would_not_help(tmp_path: Path) -> None:
    pictures = digits(train=200, test=400, classes=2)
    for part in (pictures.train, pictures.test):
        part.pixels[:, 0, 0] = 255 * part.labels
    found = curve(tmp_path, pictures)
    assert found is not None
    assert found.helps is False
    assert found.sentence.startswith("more pictures would not help: from 100 training pictures to 200")


def test_few_test_pictures_do_not_tell(tmp_path: Path) -> None:
    found = curve(tmp_path, digits(train=160, test=10, classes=2))
    assert found is not None
    assert found.helps is None
    assert found.sentence.startswith("10 test pictures do not tell whether more pictures would help: ")


def test_of_a_handful_none_can_be_left_out(tmp_path: Path) -> None:
    pictures = digits(train=300, test=20, classes=2)
    rows = np.concatenate([np.flatnonzero(pictures.train.labels == label)[:2] for label in (0, 1)])
    assert curve(tmp_path, replace(pictures, train=pictures.train.take(rows))) is None


@pytest.mark.parametrize(
    ("gain", "outcome"),
    [
        ((0.02, 0.01, 0.03), True),
        ((0.001, -0.01, 0.01), False),
        ((0.02, -0.05, 0.09), None),
        ((-0.05, -0.06, -0.04), False),
    ],
)
def test_what_the_interval_says(gain: tuple[float, float, float], outcome: bool | None) -> None:
    assert LearningCurve([5, 10], [0.5, 0.6], 100, gain).helps is outcome
