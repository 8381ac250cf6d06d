import numpy as np
import pytest

from training.classification.calibration import calibration_error, reliability, softened, temperature
from training.classification.pictures import Pictures
from training.classification.trained import Predictions

RNG = np.random.default_rng(0)


def drawn(count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and labels that are drawn with them."""
    logits = RNG.normal(0, 2, (count, classes))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (probabilities.cumsum(1) < RNG.uniform(size=(count, 1))).sum(1)
    return probabilities, labels


@pytest.mark.parametrize("classes", [2, 7])
@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_what_was_done_to_the_logits(classes: int, factor: float) -> None:
    probabilities, labels = drawn(20_000, classes)
    sharpened = softened(probabilities, 1 / factor)
    found = temperature(sharpened, labels)
    assert found == pytest.approx(factor, rel=0.06)
    assert calibration_error(softened(sharpened, found), labels) < 0.02
    if factor == 4:
        assert calibration_error(sharpened, labels) > 0.1


def test_where_all_are_named_rightly_nothing_is_made_certain() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]] * 50)
    found = softened(probabilities, temperature(probabilities, np.array([0, 1] * 50)))
    assert 0.97 < found.max(1).min() < 0.9999


def test_a_zero_is_no_trouble() -> None:
    probabilities = np.array([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(softened(probabilities, 20.0).sum(1), 1)
    assert 0.05 <= temperature(probabilities, np.array([1, 0])) <= 20.001


def test_the_error_is_the_mean_gap_over_the_bins() -> None:
    probabilities = np.array([[0.95, 0.05]] * 4 + [[0.25, 0.75]] * 2)
    labels = np.array([0, 0, 0, 1, 1, 0])
    middles, means, rights, counts = reliability(probabilities, labels, 10)
    assert counts.tolist() == [0, 0, 0, 0, 0, 0, 0, 2, 0, 4]
    assert (middles[9], means[9], rights[9]) == pytest.approx((0.95, 0.95, 0.75))
    assert calibration_error(probabilities, labels) == pytest.approx((4 * 0.2 + 2 * 0.25) / 6)
    assert calibration_error(np.empty((0, 2)), np.empty(0, np.int64)) == 0


def test_what_is_made_of_parts_is_what_is_made_of_all() -> None:
    probabilities, labels = drawn(30, 3)
    pictures = Pictures(np.zeros((30, 2, 2), np.uint8), labels)
    whole = Predictions(pictures, probabilities, probabilities.argmax(1))
    rows = [np.arange(30) < 11, np.arange(30) >= 11]
    parts = [Predictions(pictures.take(some), probabilities[some], whole.predictions[some]) for some in rows]
    joined = Predictions.together(parts)
    assert joined.accuracy == whole.accuracy
    assert joined.losses.tolist() == whole.losses.tolist()
    assert joined.softened(2.0).calibration_error == pytest.approx(whole.softened(2.0).calibration_error)
