import numpy as np
import pytest

from training.transfer import novelty
from training.transfer.novelty import Seen

RNG = np.random.default_rng(0)


def test_the_distance_is_one_less_the_nearest_coefficient() -> None:
    features = RNG.uniform(0, 6, (20, 8))
    seen = Seen.of(features)
    others = RNG.uniform(0, 6, (5, 8))
    parts, known = (each / each.sum(1, keepdims=True) for each in (others, features))
    truth = [1 - max(np.sqrt(p * q).sum() for q in known) for p in parts]
    np.testing.assert_allclose(seen.distances(others), truth, atol=1e-6)
    np.testing.assert_allclose(seen.distances(3 * features), 0, atol=1e-6)  # how strong they all are says nothing


def test_the_threshold_is_that_of_pictures_without_themselves() -> None:
    features = RNG.uniform(0, 6, (30, 8))
    alone = [Seen.of(np.delete(features, row, 0)).distances(features[row : row + 1])[0] for row in range(30)]
    assert Seen.of(features).threshold == pytest.approx(np.quantile(alone, novelty.KNOWN), abs=1e-6)


def test_of_many_pictures_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "MOST", 10)
    monkeypatch.setattr(novelty, "_ROWS", 7)
    features = RNG.uniform(0, 6, (25, 8))
    seen = Seen.of(features)
    assert seen.roots.shape == (9, 8)
    away = seen.distances(features)
    assert (away[::3] < 1e-6).all()
    assert (away[1::3] > 1e-3).all()


def test_a_picture_without_features_is_far_from_all() -> None:
    assert Seen.of(RNG.uniform(0, 6, (20, 8))).distances(np.zeros((1, 8))).tolist() == [1]


def test_one_picture_makes_none_too_far() -> None:
    seen = Seen.of(RNG.uniform(0, 6, (1, 8)))
    assert seen.threshold == 1
    assert (seen.distances(RNG.uniform(0, 6, (3, 8))) <= 1).all()
