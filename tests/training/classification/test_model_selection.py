import numpy as np
import pytest

from training.classification.model_selection import Candidate, best, by_held_out, calibrated, select
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures, parts
from training.classification.trained import Predictions, Trained


def test_parts_have_their_share_of_each_class() -> None:
    labels = np.repeat([0, 1, 2], [50, 30, 7])
    found = parts(labels, 0.2, seed=0)
    assert sorted(set(found.tolist())) == [0, 1, 2, 3, 4]
    for label, share in ((0, 10), (1, 6), (2, 1.4)):
        assert np.abs(np.bincount(found[labels == label], minlength=5) - share).max() < 1
    assert not np.array_equal(found, parts(labels, 0.2, seed=1))
    assert np.array_equal(found, parts(labels, 0.2, seed=0))


def test_the_loss_decides_and_not_the_accuracy_of_one_answer_for_all() -> None:
    always_the_same, useful = Candidate(1000, 0.66, 0.66, 0.69, 1, 50), Candidate(100, 0.98, 0.65, 0.6, 1, 50)
    assert best([always_the_same, useful]) is useful


def judged(*right: float) -> Predictions:
    """Pictures of two classes, by the probabilities of their right classes."""
    labels = np.zeros(len(right), np.int64)
    probabilities = np.column_stack([right, 1 - np.array(right)])
    return Predictions(Pictures(np.zeros((len(right), 1, 1), np.uint8), labels), probabilities, probabilities.argmax(1))


def trained(l2_lambda: float, test: Predictions, held_out: Predictions | None = None) -> Trained:
    return Trained(l2_lambda, PictureClassifier(), [], [1.0], 1.0, test, test, held_out)


def test_what_is_chosen_goes_before_the_test_pictures() -> None:
    better, worse = trained(0, judged(0.9, 0.8)), trained(1, judged(0.9, 0.1))
    assert select([worse, better], chosen=None) is better
    assert select([worse, better], chosen=1) is worse
    # That one may have diverged.
    assert select([worse, better], chosen=7) is better
    assert select([worse, trained(2, judged(0.9, 0.1))], chosen=None) is worse


def test_the_lowest_loss_where_each_of_several_has_held_some_out() -> None:
    test, sure, unsure = judged(0.9), judged(0.9, 0.9), judged(0.6, 0.6)
    assert by_held_out([trained(0, test, unsure), trained(3, test, sure)]) == 3
    assert by_held_out([trained(0, test, unsure), trained(3, test)]) is None
    assert by_held_out([trained(3, test, sure)]) is None


def test_the_temperature_is_that_of_pictures_of_its_own_or_of_its_candidate() -> None:
    """Three in four are named rightly, at 99 %: what was left out says that this is too sure."""
    too_sure, test = judged(0.99, 0.99, 0.99, 0.01), judged(0.99)
    given = [trained(0, test, too_sure), trained(1, test), trained(2, test)]
    own, by_candidate, neither = calibrated(given, [Candidate(1, 0.99, 0.75, 1.0, 1, 4, too_sure)])
    # By hand: one picture more of the other class makes it (3 * 5/6 + 1/6) / 4 = 2/3, and the odds 99 become 2.
    assert own.temperature == by_candidate.temperature == pytest.approx(np.log(99) / np.log(2), rel=1e-3)
    assert neither is given[2]
