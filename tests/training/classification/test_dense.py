from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.pictures import digits
from training.classification.config import ClassifyConfig
from training.classification.dense import train
from training.errors import TrainingDiverged

PICTURES = digits(100, 40)


def config(**changes: Any) -> ClassifyConfig:
    return ClassifyConfig.model_validate(
        {"hidden": "10", "epochs": 5, "l2_lambda": "3,0", "learning_rate": 0.1} | changes
    )


def test_each_strength_is_a_classifier_that_says_of_both_parts_what_its_network_says(tmp_path: Path) -> None:
    found = train(config(), PICTURES, tmp_path)
    assert [one.l2_lambda for one in found] == [3, 0]
    for one in found:
        assert [weights.shape for weights in one.weights] == [(10, 64), (10, 10)]
        assert len(one.costs) == 5
        assert (one.train.pictures, one.test.pictures) == (PICTURES.train, PICTURES.test)
        for judged in (one.train, one.test):
            with torch.inference_mode():
                (truth,) = one.network(torch.from_numpy(judged.pictures.pixels))
            np.testing.assert_allclose(judged.probabilities, truth, atol=1e-6)
            np.testing.assert_array_equal(judged.predictions, truth.argmax(1))
    first, second = (sum(float(np.sum(w**2)) for w in one.weights) for one in found)
    assert first < second


def test_what_was_trained_is_not_trained_again(tmp_path: Path) -> None:
    first = train(config(), PICTURES, tmp_path)
    (kept,) = tmp_path.glob("*.ckpt")
    written = kept.stat().st_mtime_ns
    again = train(config(), PICTURES, tmp_path)
    assert kept.stat().st_mtime_ns == written
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.test.probabilities, other.test.probabilities)


def test_where_all_diverge_it_raises(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged):
        train(config(learning_rate=1e300), PICTURES, tmp_path)
