"""The module of the convolutional network: what it sees, what it learns by, and how fast."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.pictures import digits
from tests.support.trained_classifiers import coloured
from training.classification.config import ClassifyConfig
from training.classification.convolutional.batches import planes
from training.classification.convolutional.module import ConvolutionalClassifier, standardisation


def made(steps: int = 3, **changes: Any) -> ConvolutionalClassifier:
    given = {"network": "conv", "l2_lambda": "0.5", "hidden": "6,8", "epochs": 5}
    return ConvolutionalClassifier(ClassifyConfig.model_validate(given | changes), digits(), steps)


def test_l2_is_on_the_weights_alone() -> None:
    module = made()
    decayed, others = module.configure_optimizers()["optimizer"].param_groups
    assert decayed["weight_decay"] == module.decay == 0.5 / 128
    assert {each.ndim for each in decayed["params"]} == {2, 4}
    assert (others["weight_decay"], {each.ndim for each in others["params"]}) == (0.0, {1})
    assert made(optimizer="adam").configure_optimizers()["optimizer"].param_groups[0]["weight_decay"] == 0.5 / 128


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    schedule = made(steps=20).configure_optimizers()["lr_scheduler"]["scheduler"]
    rates = [schedule.lr_lambdas[0](step) for step in range(100)]
    assert np.argmax(rates) in (19, 20)
    assert max(rates) == pytest.approx(1, abs=0.02)
    assert 0 < rates[-1] < 0.02
    assert all(0 < rate <= 1 for rate in rates)


def test_pictures_are_seen_with_mean_0_and_deviation_1_in_each_channel() -> None:
    pictures = coloured(digits())
    mean, scale = standardisation(pictures)
    seen = (planes(pictures.train.pixels).float() - mean) * scale
    torch.testing.assert_close(seen.mean((0, 2, 3)), torch.zeros(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(seen.std((0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


def test_pictures_of_one_colour_are_divided_by_nothing() -> None:
    found = digits()
    flat = replace(found, train=replace(found.train, pixels=np.full_like(found.train.pixels, 9)))
    mean, scale = standardisation(flat)
    assert (mean.item(), scale.item()) == (9, 1)


def test_a_cost_includes_l2() -> None:
    module = made()
    module.cost.fill_(20.0)
    weights = [*(block.convolution.weight for block in module.network.blocks), module.network.last.weight]
    squares = sum(float((weight.detach().double() ** 2).sum()) for weight in weights)
    assert module.epoch_cost(10) == pytest.approx(2 + module.decay * squares / 2)
