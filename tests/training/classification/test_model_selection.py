import numpy as np

from training.classification.model_selection import Candidate, best
from training.classification.pictures import parts


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
