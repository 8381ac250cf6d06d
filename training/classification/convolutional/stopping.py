"""When a training ends before all its epochs: where many pictures that were left out say that it gets no better."""

import math
from typing import Any

from training.classification.config import ClassifyConfig
from training.classification.convolutional.module import RISING
from training.runtime.lightning import EarlyStopping, LightningModule, Trainer

# With fewer held out, what their loss says from epoch to epoch is luck: of 42 cats the luckiest was that of the fifth
# epoch of sixty. So few take minutes in all.
_ENOUGH = 500
# Training ends where this part of the epochs has brought nothing better, and these many at least.
_PATIENCE, _LEAST_PATIENCE = 1 / 3, 5


class StopAfterPeak(EarlyStopping):
    """Ends a training that got no better, counted from the peak of the learning rate.

    Until then a loss says little of what will be learned: small steps have been taken from small weights.
    """

    def __init__(self, epochs: int):
        patience = max(_LEAST_PATIENCE, round(_PATIENCE * epochs))
        super().__init__("validation_loss", patience=patience, check_finite=False)
        self._first = math.ceil(RISING * epochs)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.current_epoch >= self._first:
            super().on_validation_end(trainer, pl_module)


def early_stopping(config: ClassifyConfig, held_out: int) -> list[Any]:
    """The callback that ends a training early, where that many pictures held out can tell; else none."""
    return [StopAfterPeak(config.epochs)] if held_out >= _ENOUGH else []
