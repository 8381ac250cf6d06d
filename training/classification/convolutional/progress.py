"""What is kept of a training of several batches an epoch: costs, times, and the weights of its best epoch."""

from typing import Any

from torch import Tensor

from training.classification.convolutional.module import ConvolutionalClassifier
from training.runtime.callbacks import EpochProgressBar, History
from training.runtime.lightning import Callback, LightningModule, Trainer


class EpochHistory(History):
    """The cost after each epoch by λ, and the seconds until then."""

    def __init__(self, strength: float, pictures: int):
        super().__init__()
        self._strength, self._pictures = strength, pictures

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, outputs: Any, *_: Any) -> None:
        """Nothing: an epoch has several."""

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        assert isinstance(module, ConvolutionalClassifier)
        super().on_train_batch_end(trainer, module, {"cost": {self._strength: module.epoch_cost(self._pictures)}})


class EpochBar(EpochProgressBar):
    """A bar over all epochs, with the accuracy on the validation part where there is one."""

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, outputs: Any, *_: Any) -> None:
        """Nothing: an epoch has several."""

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        found = trainer.callback_metrics.get("validation_accuracy")
        self._bar.set_postfix({} if found is None else {"validation": f"{float(found):.2%}"}, refresh=False)
        self._bar.update()


class BestEpoch(Callback):
    """Keeps what was learned until the epoch with the lowest loss on the validation part; part of a checkpoint."""

    def __init__(self) -> None:
        self.epoch, self._loss = -1, float("inf")
        self._learned: dict[str, Tensor] = {}

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        assert isinstance(module, ConvolutionalClassifier)
        loss = float(trainer.callback_metrics["validation_loss"])
        if loss < self._loss:
            self.epoch, self._loss = trainer.current_epoch, loss
            self._learned = {name: value.detach().clone() for name, value in module.average.state_dict().items()}

    def restore(self, module: ConvolutionalClassifier) -> None:
        """Put it back, where there is one."""
        if self._learned:
            module.average.load_state_dict(self._learned)

    def state_dict(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "loss": self._loss, "learned": self._learned}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.epoch, self._loss, self._learned = state["epoch"], state["loss"], dict(state["learned"])
