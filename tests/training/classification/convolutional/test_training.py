"""Convolutional networks trained on scikit-learn's digits, in seconds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.pictures import digits
from tests.support.trained_classifiers import coloured
from training.classification.config import ClassifyConfig
from training.classification.convolutional import training
from training.classification.convolutional.module import ConvolutionalClassifier
from training.classification.convolutional.training import held_out, train
from training.classification.pictures import Pictures, PictureSet
from training.classification.trained import Trained
from training.errors import TrainingDiverged


def trained(folder: Path, pictures: PictureSet, **changes: Any) -> list[Trained]:
    given = {"network": "conv", "hidden": "8,12,16", "epochs": 4, "batch_size": 32, "l2_lambda": "0.05"}
    return train(ClassifyConfig.model_validate(given | changes), pictures, folder)


def weights(one: Trained) -> np.ndarray:
    return np.concatenate([each.detach().numpy().ravel() for each in one.network.parameters()])


def test_digits_are_told_apart_and_a_part_of_them_chooses_the_epoch(tmp_path: Path) -> None:
    pictures = digits(train=1_000, test=400)
    (one,) = trained(tmp_path, pictures, epochs=8)
    assert one.test.accuracy > 0.95
    assert one.held_out is not None
    assert len(one.held_out.pictures) == pytest.approx(200, abs=10)
    assert one.held_out.accuracy > 0.95
    assert len(one.costs) == 8
    assert one.costs[-1] < one.costs[0]
    assert [layer.shape for layer in one.weights] == [(8, 25), (12, 72), (16, 108), (10, 16 * 9)]


def test_a_seed_gives_the_same_bits_and_another_others(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    before = torch.random.get_rng_state()
    first, again, other = (
        trained(folder, digits(), seed=seed, epochs=2, dropout=0.3)[0]
        for folder, seed in zip(folders, (1, 1, 2), strict=True)
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    np.testing.assert_array_equal(weights(first), weights(again))
    assert first.costs == again.costs
    assert not np.array_equal(weights(first), weights(other))


class _Killed(BaseException):
    """As by a signal: nothing is tidied up."""


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_killed_training_resumes_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str
) -> None:
    changes = {"optimizer": optimizer, "learning_rate": 0.01, "dropout": 0.2, "l2_lambda": "0.05,0.5", "epochs": 5}
    whole = trained(tmp_path, digits(), **changes)
    folder = tmp_path / "killed"
    folder.mkdir()
    monkeypatch.setattr(training, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    epochs = []

    def kill(module: ConvolutionalClassifier, pictures: int) -> float:
        epochs.append(module.current_epoch)
        if len(epochs) == 8:
            raise _Killed
        return cost(module, pictures)

    cost = ConvolutionalClassifier.epoch_cost
    monkeypatch.setattr(ConvolutionalClassifier, "epoch_cost", kill)
    with pytest.raises(_Killed):
        trained(folder, digits(), **changes)
    resumed = trained(folder, digits(), **changes)
    # The first λ is not trained again, and the second from its third epoch.
    assert epochs == [0, 1, 2, 3, 4, 0, 1, 2, 2, 3, 4]
    for one, other in zip(whole, resumed, strict=True):
        assert one.costs == other.costs
        np.testing.assert_array_equal(weights(one), weights(other))


def test_l2_makes_weights_smaller(tmp_path: Path) -> None:
    none, strong = trained(tmp_path, digits(), l2_lambda="0,3", epochs=6)
    sizes = [sum(float((layer**2).sum()) for layer in one.weights) for one in (none, strong)]
    assert sizes[1] < sizes[0] / 4


def test_a_lambda_that_diverges_harms_no_other_and_where_all_do_it_says_what_to_try(tmp_path: Path) -> None:
    (one,) = trained(tmp_path, digits(), l2_lambda="1e9,0.05", epochs=2)
    assert one.l2_lambda == 0.05
    with pytest.raises(TrainingDiverged, match=r"the cost became nan in epoch 1: try a learning_rate below 1e\+20"):
        trained(tmp_path, digits(), learning_rate="1e20", epochs=2)


def test_pictures_in_colours_and_of_another_size_are_trained_with(tmp_path: Path) -> None:
    pictures = coloured(digits(train=300, test=100, classes=2))
    (one,) = trained(tmp_path, pictures)
    assert one.test.accuracy > 0.95
    np.testing.assert_allclose(one.test.probabilities.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_pictures_are_enough(tmp_path: Path, count: int) -> None:
    """One of a class is never held out."""
    found = digits(train=200, classes=2)
    rows = np.concatenate([np.flatnonzero(found.train.labels == label)[:count] for label in (0, 1)])
    (one,) = trained(tmp_path, replace(found, train=found.train.take(rows)), epochs=2)
    assert np.isfinite(one.test.probabilities).all()
    assert (one.held_out is None) == (count == 1)


def test_a_picture_of_one_colour_and_a_test_part_without_pictures_do_no_harm(tmp_path: Path) -> None:
    flat = Pictures(np.full((10, 8, 8), 7, np.uint8), np.arange(10) % 2)
    none = Pictures(flat.pixels[:0], flat.labels[:0])
    (one,) = trained(tmp_path, PictureSet("flat", ("a", "b"), flat, none, "resize", ""), epochs=2)
    assert one.test.probabilities.shape == (0, 2)
    assert np.isfinite(one.train.probabilities).all()


def test_what_is_held_out_has_its_share_of_every_class_and_is_not_more_than_helps() -> None:
    labels = np.repeat([0, 1, 2], [50, 100, 1])
    chosen = held_out(labels, 0.2, 0)
    assert np.bincount(labels[chosen], minlength=3).tolist() == [10, 20, 0]
    assert held_out(np.arange(60_000) % 10, 0.2, 0).sum() == 5_000
