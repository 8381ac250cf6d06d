"""When a training ends before all its epochs: not of few pictures, and not before the learning rate falls."""

from pathlib import Path

import pytest

from tests.support.pictures import digits
from training.classification.config import ClassifyConfig
from training.classification.convolutional import stopping
from training.classification.convolutional.stopping import early_stopping
from training.classification.convolutional.training import train

EPOCHS = 16


def epochs_trained(folder: Path, **changes: object) -> int:
    """Of a training in which nothing gets better."""
    given = {"network": "conv", "hidden": "4", "batch_size": 64, "augment": False, "epochs": EPOCHS}
    (one,) = train(ClassifyConfig.model_validate(given | {"learning_rate": 1e-12} | changes), digits(60), folder)
    return len(one.costs)


def test_few_pictures_held_out_end_no_training(tmp_path: Path) -> None:
    assert epochs_trained(tmp_path) == EPOCHS


def test_many_end_it_after_the_peak_of_the_learning_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_ENOUGH", 10)
    # The rate rises for four epochs; five more bring nothing better.
    assert 4 + 5 <= epochs_trained(tmp_path) < EPOCHS


def test_a_tenth_of_mnist_held_out_is_many_and_a_fifth_of_the_cats_few() -> None:
    config = ClassifyConfig.model_validate({"network": "conv"})
    assert len(early_stopping(config, 5_000)) == 1
    assert early_stopping(config, 42) == []
