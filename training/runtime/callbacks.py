"""What is kept and shown while a Trainer runs."""

import logging
import sys
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any

from tqdm import tqdm

from training.runtime.lightning import Callback, LightningModule, Trainer

log = logging.getLogger("derivable.training")


class History(Callback):
    """The errors by seed after each epoch and the seconds of training until then; part of a checkpoint.

    Those of the last epoch become the module's final errors when the training has ended.
    """

    def __init__(self) -> None:
        self.errors: list[dict[float, float]] = []
        self.seconds: list[float] = []
        self._zero = 0.0

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        self._zero = perf_counter() - (self.seconds[-1] if self.seconds else 0.0)

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, outputs: Any, *_: Any) -> None:
        (errors,) = outputs.values()
        self.errors.append(errors)
        self.seconds.append(perf_counter() - self._zero)

    def curve(self, member: float) -> list[float]:
        """The errors of one seed, or the costs of one λ, as long as it was in training."""
        return [errors[member] for errors in self.errors if member in errors]

    def state_dict(self) -> dict[str, Any]:
        return {"errors": self.errors, "seconds": self.seconds}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.errors, self.seconds = list(state["errors"]), list(state["seconds"])


class LastCheckpoint(Callback):
    """Keeps Lightning's checkpoint of a recent epoch, and of the last: who could not log it need not train it again.

    ModelCheckpoint does not serve here: it saves where Lightning's count of optimizer steps has moved, and the steps
    of an epoch are taken without it.
    """

    def __init__(self, path: Path, seconds_between: float):
        self.path, self._seconds_between, self._last = path, seconds_between, perf_counter()
        self._epochs = 0

    @property
    def resumes(self) -> str:
        """Where the same command goes on, were it stopped now."""
        if not self._epochs:
            return "the same command begins again: no epoch is kept yet"
        return f"the same command resumes at iteration {self._epochs}"

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        self._epochs = trainer.current_epoch

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        if perf_counter() - self._last >= self._seconds_between:
            self._save(trainer)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        if self._seconds_between < inf:
            self._save(trainer)

    def _save(self, trainer: Trainer) -> None:
        before, self._epochs = self._epochs, trainer.current_epoch + 1
        try:
            trainer.save_checkpoint(self.path)
        except OSError as error:  # it is only a cache
            log.warning("no checkpoint is kept: %s cannot be written: %s", self.path, error.strerror)
            self._seconds_between, self._epochs = inf, before
        self._last = perf_counter()


class EpochProgressBar(Callback):
    """One bar over all epochs, where there is a terminal to show it."""

    def __init__(self, label: str):
        self._label = label

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        self._bar = tqdm(
            total=trainer.max_epochs,
            initial=trainer.current_epoch,
            unit="epoch",
            desc=self._label,
            disable=not sys.stderr.isatty(),
        )

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, outputs: Any, *_: Any) -> None:
        ((name, errors),) = outputs.items()
        self._bar.set_postfix({name: f"{min(errors.values()):.2e}"}, refresh=False)
        self._bar.update()

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        self._bar.close()

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        if hasattr(self, "_bar"):
            self._bar.close()
