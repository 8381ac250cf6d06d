"""Errors of a single run on their way to MLflow while it is in training, which does not wait for them."""

import logging
import threading
import time
from typing import Any

from mlflow import MlflowClient

from training.runtime.callbacks import History
from training.runtime.lightning import Callback, Trainer
from training.tracking import store
from training.tracking.patience import STORE_ERRORS, hurried, told_if_slow
from training.tracking.tracking import batches

# Often enough to watch a curve grow, seldom enough to cost nothing; and after a store has not answered.
_SECONDS_BETWEEN_BATCHES, _SECONDS_AFTER_FAILURE = 2.0, 30.0

log = logging.getLogger("derivable.training")


class LiveMetrics(Callback):
    """Sends the errors of a single run in batches, from a thread.

    What cannot be sent, and that of the last epoch, is left to who knows the final one.

    Attributes:
        sent: how many of them.
    """

    def __init__(self, run_id: str):
        self._run_id, self.sent = run_id, 0
        self._next = time.monotonic() + _SECONDS_BETWEEN_BATCHES
        self._thread: threading.Thread | None = None

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        if time.monotonic() > self._next and not (self._thread and self._thread.is_alive()):
            self._next = time.monotonic() + _SECONDS_BETWEEN_BATCHES
            self._thread = threading.Thread(target=self._try_to_send, args=[_errors(trainer)], daemon=True)
            self._thread.start()

    def on_exception(self, trainer: Trainer, *_: Any) -> None:
        self.finish()
        with hurried():
            self._send(_errors(trainer))

    def finish(self) -> None:
        """Wait for what is on its way."""
        if self._thread:
            self._thread.join()

    def _try_to_send(self, errors: list[float]) -> None:
        try:
            with told_if_slow():
                self._send(errors)
        except STORE_ERRORS as error:
            self._next = time.monotonic() + _SECONDS_AFTER_FAILURE
            address, reason = store.shown(store.current()), store.reason(error)
            log.warning(
                "the MLflow store %s does not answer: %s; training goes on, and is logged later", address, reason
            )

    def _send(self, errors: list[float]) -> None:
        for batch in batches("mse", errors, first=self.sent):
            MlflowClient().log_batch(self._run_id, metrics=batch)
            self.sent += len(batch)


def _errors(trainer: Trainer) -> list[float]:
    (history,) = (callback for callback in trainer.callbacks if isinstance(callback, History))  # type: ignore[attr-defined]
    return [error for by_seed in history.errors for error in by_seed.values()]
