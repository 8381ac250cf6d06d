import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest
from matplotlib.figure import Figure
from mlflow.entities import Run
from pytorch_lightning import Trainer

from training.errors import InvalidParameter, StoreUnavailable, TrainingDiverged
from training.regression.config import FitConfig
from training.runtime.callbacks import History
from training.tracking import tracking
from training.tracking.abandoned import fail_abandoned_run
from training.tracking.live_metrics import LiveMetrics

CONFIG = FitConfig(target="psi_3^2", learning_rate=1e-05)


def only_run() -> Run:
    client = mlflow.MlflowClient()
    (run,) = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    return run


def test_a_run_has_what_is_needed_to_repeat_it(store: str) -> None:
    with tracking.run(CONFIG, "a name"):
        pass
    run = only_run()
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "a name"
    assert run.data.params == CONFIG.as_strings()
    assert FitConfig.parse(run.data.tags["repeat"].replace("'", "").split()[3:]) == CONFIG
    assert run.data.tags["version.torch"].startswith("2.13.0")
    assert FitConfig.model_validate(mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/config.json")) == CONFIG


def test_parameters_that_mlflow_run_has_logged_stay_as_they_are(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    launched = mlflow.MlflowClient().create_run("0").info.run_id
    mlflow.MlflowClient().log_param(launched, "target", "'psi_3^2'")
    monkeypatch.setenv("MLFLOW_RUN_ID", launched)
    with tracking.run(CONFIG, "a name") as run_id:
        assert run_id == launched
    run = only_run()
    assert run.data.params == CONFIG.as_strings() | {"target": "'psi_3^2'"}
    assert (run.info.status, run.info.run_name) == ("FINISHED", "a name")


def diverge() -> None:
    raise TrainingDiverged("the loss became nan")


def bug() -> None:
    raise ZeroDivisionError("division by zero")


def interrupt() -> None:
    raise KeyboardInterrupt


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (diverge, TrainingDiverged, "the loss became nan"),
        (bug, ZeroDivisionError, "ZeroDivisionError: division by zero"),
        (interrupt, KeyboardInterrupt, "stopped by a signal"),
        (terminate, SystemExit, "stopped by a signal"),
    ],
)
def test_a_run_that_fails_says_why(
    store: str, body: Callable[[], None], error: type[BaseException], reason: str
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(error, match=r"nan|zero|143|^$"), tracking.run(CONFIG, "a name"):
        body()
    run = only_run()
    assert (run.info.status, run.data.tags["failure"]) == ("FAILED", reason)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_launched_run_with_refused_parameters_says_why(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", mlflow.MlflowClient().create_run("0").info.run_id)
    tracking.fail_launched_run(InvalidParameter("points: too few"), "psi_3 refused")
    run = only_run()
    assert (run.info.status, run.data.tags["failure"]) == ("FAILED", "points: too few")
    assert run.info.run_name == "psi_3 refused"


def test_the_run_of_a_killed_process_is_closed_by_its_successor(store: str) -> None:
    client = mlflow.MlflowClient()
    killed, finished = (client.create_run("0").info.run_id for _ in range(2))
    client.set_terminated(finished, "FINISHED")
    for run_id in (killed, finished, "0" * 32):
        fail_abandoned_run(run_id, successor="s")
    assert client.get_run(killed).info.status == "FAILED"
    assert client.get_run(killed).data.tags["failure"] == "killed; resumed by run s"
    assert client.get_run(finished).info.status == "FINISHED"


@pytest.mark.parametrize("uri", ["sqlite:////proc/no/mlflow.db", "nowhere://x"])
def test_a_store_that_can_not_be_written_is_named_at_once(
    store: str, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(StoreUnavailable, match=f"the MLflow store {uri} cannot be used: "):
        tracking.run(CONFIG, "a name").__enter__()


def test_a_store_without_room_for_artifacts_fails_the_run_before_any_training(
    store: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    experiment = mlflow.create_experiment("full", artifact_location=f"{tmp_path}/file/artifacts")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", experiment)
    with pytest.raises(StoreUnavailable, match="cannot be used: "), tracking.run(CONFIG, "a name"):
        pytest.fail("the body must not run")
    (run,) = mlflow.MlflowClient().search_runs([experiment])
    assert run.info.status == "FAILED"
    assert "cannot be used" in run.data.tags["failure"]


def test_a_folder_with_a_space_in_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my fits"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with tracking.run(CONFIG, "a name"):
        pass
    assert only_run().info.status == "FINISHED"
    assert (folder / "mlflow.db").exists()


def test_the_curve_is_sent_in_batches(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history, requests = History(), []
    send = mlflow.MlflowClient.log_batch

    def counted(client: mlflow.MlflowClient, run_id: str, **entries: Any) -> None:
        requests.append(run_id)
        send(client, run_id, **entries)

    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", counted)
    run_id = mlflow.MlflowClient().create_run("0").info.run_id
    live = LiveMetrics(run_id)
    trainer = Trainer(callbacks=[history, live], logger=False, enable_checkpointing=False, accelerator="cpu")
    for epoch in range(2_500):
        live.on_train_batch_start(trainer)
        history.errors.append({7: 1 / (epoch + 1)})
    live.on_exception(trainer)
    curve = mlflow.MlflowClient().get_metric_history(run_id, "mse")
    assert sorted((m.step, m.value) for m in curve) == [(n, 1 / n) for n in range(1, 2_501)]
    assert len(requests) == 3


def test_figures_have_the_same_path_in_every_run(store: str, tmp_path: Path) -> None:
    with tracking.run(CONFIG, "a name") as run_id:
        tracking.log_figures({"fit": Figure()})
    assert [a.path for a in mlflow.MlflowClient().list_artifacts(run_id)] == ["config.json", "fit.png"]
