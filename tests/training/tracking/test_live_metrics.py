import time

import mlflow
import pytest
from pytorch_lightning import Trainer

from tests.support.processes import free_port
from training.runtime.callbacks import History
from training.tracking import live_metrics as module
from training.tracking.live_metrics import LiveMetrics


def test_training_does_not_wait_for_a_store_that_is_away(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run_id, history = mlflow.MlflowClient().create_run("0").info.run_id, History()
    history.errors = [{0: 0.5}, {0: 0.25}]
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_BATCHES", 0.0)
    live = LiveMetrics(run_id)
    trainer = Trainer(callbacks=[history, live], logger=False, enable_checkpointing=False, accelerator="cpu")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    began = time.monotonic()
    live.on_train_batch_start(trainer)
    assert time.monotonic() - began < 1
    live.finish()
    assert live.sent == 0
    assert "nothing listens there; training goes on, and is logged later" in caplog.text
    # Not asked again at once: nothing is sent, and nothing said twice.
    live.on_train_batch_start(trainer)
    live.finish()
    assert caplog.text.count("nothing listens there") == 1


def test_what_is_sent_is_counted(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, history = mlflow.MlflowClient().create_run("0").info.run_id, History()
    history.errors = [{0: 0.5}, {0: 0.25}]
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_BATCHES", 0.0)
    live = LiveMetrics(run_id)
    trainer = Trainer(callbacks=[history, live], logger=False, enable_checkpointing=False, accelerator="cpu")
    live.on_train_batch_start(trainer)
    live.finish()
    assert live.sent == 2
    curve = mlflow.MlflowClient().get_metric_history(run_id, "mse")
    assert sorted((m.step, m.value) for m in curve) == [(1, 0.5), (2, 0.25)]
