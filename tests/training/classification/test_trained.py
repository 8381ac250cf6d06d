import numpy as np
import pytest

from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures
from training.classification.trained import Predictions, Trained


def judged(count: int = 200, sure: float = 0.9, seed: int = 0) -> Predictions:
    """Pictures of two classes, of which four in five are named rightly, at one probability."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    predictions = np.where(rng.uniform(size=count) < 0.8, labels, 1 - labels)
    probabilities = np.full((count, 2), 1 - sure)
    probabilities[np.arange(count), predictions] = sure
    return Predictions(
        Pictures(rng.integers(0, 256, (count, 2, 2), dtype=np.uint8), labels), probabilities, predictions
    )


def trained(train: Predictions, test: Predictions) -> Trained:
    return Trained(0.1, PictureClassifier(), [], [2.0, 1.0], 3.0, train, test)


def test_the_accuracy_and_the_losses_are_those_of_the_right_class() -> None:
    given = Predictions(
        Pictures(np.zeros((3, 1, 1), np.uint8), np.array([0, 1, 1])),
        np.array([[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]]),
        np.array([0, 0, 0]),
    )
    assert given.accuracy == pytest.approx(1 / 3)
    np.testing.assert_allclose(given.losses[:2], -np.log([0.5, 0.25]))
    assert 700 < given.losses[2] < np.inf


def test_parts_together_are_the_whole() -> None:
    first, second = judged(10, seed=1), judged(30, seed=2)
    whole = Predictions.together([first, second])
    assert len(whole.pictures) == len(whole.predictions) == 40
    assert whole.accuracy == pytest.approx((10 * first.accuracy + 30 * second.accuracy) / 40)
    assert Predictions.together([first]) is first


def test_the_calibration_error_is_how_far_off_the_probability_is() -> None:
    given = judged()
    assert given.calibration_error == pytest.approx(0.9 - given.accuracy)


def test_calibrated_with_pictures_of_its_own_it_is_as_sure_as_it_may_be() -> None:
    before = trained(judged(seed=1), judged(seed=2))
    after = before.calibrated(judged(seed=3))
    assert after.temperature is not None
    assert after.temperature > 1
    assert float(after.network.temperature) == after.temperature
    assert after.test.calibration_error < before.test.calibration_error
    assert after.test.accuracy == before.test.accuracy
    np.testing.assert_array_equal(after.test.probabilities.argmax(1), before.test.predictions)


def test_metrics_are_accuracies_what_follows_from_them_and_the_time() -> None:
    made = trained(judged(seed=1), judged(seed=2))
    assert made.metrics["train_accuracy"] == made.train.accuracy
    assert made.metrics["test_accuracy"] == made.test.accuracy
    assert made.metrics["seconds"] == 3
    assert made.diagnosis.metrics.items() <= made.metrics.items()
    assert "temperature" not in made.metrics
    assert "temperature" in made.calibrated(judged()).metrics
