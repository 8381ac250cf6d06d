"""What is usual, and how far from it pictures are, beside the plain formulas."""

import numpy as np
import pytest
import torch

from training.classification.convolutional.activity import KNOWN, Novelty, Usual, activities

RNG = np.random.default_rng(0)
MIXED = RNG.normal(size=(6, 6))


def drawn(count: int, seed: int = 0, shift: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Activities of pictures of three classes, whose activities depend on each other."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    return rng.normal(size=(count, 6)) @ MIXED + shift * labels[:, None], labels


def test_activities_are_means_and_root_mean_squares() -> None:
    maps = [torch.rand(2, 3, 5, 4), torch.rand(2, 7, 1, 1)]
    means, squares, single, same = activities(maps)
    torch.testing.assert_close(means, maps[0].mean((2, 3)))
    torch.testing.assert_close(squares, maps[0].pow(2).mean((2, 3)).sqrt())
    torch.testing.assert_close(single, same)


def test_the_distance_is_mahalanobis_where_there_are_many_pictures() -> None:
    found, labels = drawn(20_000)
    usual = Usual.of(found, labels, found[:0])
    others = RNG.normal(size=(50, 6)) * 5
    means = [found[labels == k].mean(0) for k in range(3)]
    inverse = np.linalg.inv(MIXED.T @ MIXED)
    truth = [min(np.sqrt((x - m) @ inverse @ (x - m)) for m in means) for x in others]
    np.testing.assert_allclose(usual.distances(others), truth, rtol=0.05)


@pytest.mark.parametrize(("count", "most"), [(30, 0.1), (300, 0.04), (3_000, 0.02)])
def test_few_are_new_of_the_same_kind_and_most_of_another(count: int, most: float) -> None:
    found, labels = drawn(count)
    usual = Usual.of(found, labels, drawn(200, seed=1)[0])
    again = drawn(2_000, seed=2)[0]
    assert (usual.distances(again) > usual.threshold).mean() <= most
    assert (usual.distances(again[:, ::-1] + 20) > usual.threshold).mean() > 0.9


def test_the_threshold_knows_what_was_held_out() -> None:
    found, labels = drawn(500)
    held_out = 3 * drawn(100, seed=1)[0]
    usual = Usual.of(found, labels, held_out)
    assert usual.threshold == pytest.approx(np.quantile(usual.distances(held_out), KNOWN))
    assert usual.threshold > Usual.of(found, labels, found[:0]).threshold


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_the_order_of_the_classes_changes_nothing(classes: int) -> None:
    """As where pictures of the classes take turns, or come one class after the other."""
    rng = np.random.default_rng(0)
    labels = np.arange(600) % classes
    found = rng.normal(size=(600, 6)) + 50 * labels[:, None]
    for order in (np.arange(600), np.argsort(labels)):
        usual = Usual.of(found[order], labels[order], found[:0])
        assert usual.threshold < 6


@pytest.mark.parametrize("found", [np.ones((1, 4)), np.ones((7, 4)), np.zeros((7, 4)), np.eye(4)[:3]])
def test_channels_that_say_nothing_and_few_pictures_do_no_harm(found: np.ndarray) -> None:
    labels = np.arange(len(found)) % 2
    usual = Usual.of(found, labels, found[:0])
    exported = Novelty(usual, [1, 3])
    novelty = exported([torch.from_numpy(part).float() for part in (found[:, :1], found[:, 1:])])
    assert torch.isfinite(novelty).all()
    assert (novelty <= 0.5).all()


def test_the_exported_form_gives_the_same_distances() -> None:
    found, labels = drawn(100)
    usual = Usual.of(found, labels, found[:0])
    others = RNG.normal(size=(40, 6)).astype(np.float32) * 4
    novelty = Novelty(usual, [2, 4])([torch.from_numpy(others[:, :2]), torch.from_numpy(others[:, 2:])])
    away = usual.distances(others.astype(float))
    np.testing.assert_allclose(novelty, away**2 / (away**2 + usual.threshold**2), atol=1e-6)
    assert ((novelty.numpy() > 0.5) == (away > usual.threshold)).all()
