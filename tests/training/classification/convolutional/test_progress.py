"""What is kept of a training of several batches an epoch."""

from types import SimpleNamespace
from typing import Any

import torch

from tests.support.pictures import digits
from training.classification.config import ClassifyConfig
from training.classification.convolutional.module import ConvolutionalClassifier
from training.classification.convolutional.progress import BestEpoch, EpochBar, EpochHistory


def made() -> ConvolutionalClassifier:
    config = ClassifyConfig.model_validate({"network": "conv", "hidden": "4"})
    return ConvolutionalClassifier(config, digits(), 1)


def trainer(epoch: int, loss: float) -> Any:
    metrics = {"validation_loss": torch.tensor(loss), "validation_accuracy": torch.tensor(0.5)}
    return SimpleNamespace(current_epoch=epoch, callback_metrics=metrics, max_epochs=3)


def test_the_epoch_with_the_lowest_loss_is_put_back_by_who_resumes_too() -> None:
    module, best = made(), BestEpoch()
    for epoch, loss in enumerate([0.5, 0.2, 0.3]):
        module.average.last.bias.data.fill_(epoch)
        best.on_validation_end(trainer(epoch, loss), module)
    resumed = BestEpoch()
    resumed.load_state_dict(best.state_dict())
    assert resumed.epoch == 1
    resumed.restore(module)
    assert (module.average.last.bias == 1).all()


def test_without_a_validation_part_what_was_learned_last_stays() -> None:
    module = made()
    module.average.last.bias.data.fill_(7)
    BestEpoch().restore(module)
    assert (module.average.last.bias == 7).all()


def test_the_history_has_a_cost_for_each_epoch_and_none_for_a_batch() -> None:
    module, history = made(), EpochHistory(0.5, 100)
    history.on_train_start(trainer(0, 0), module)
    history.on_train_batch_end(trainer(0, 0), module, None)
    history.on_train_epoch_end(trainer(0, 0), module)
    assert history.curve(0.5) == [module.epoch_cost(100)]
    assert len(history.seconds) == 1


def test_a_bar_counts_epochs() -> None:
    module, bar = made(), EpochBar("digits")
    bar.on_train_start(trainer(0, 0), module)
    bar.on_train_batch_end(trainer(0, 0), module, None)
    bar.on_train_epoch_end(trainer(0, 0), module)
    bar.on_train_end(trainer(0, 0), module)
