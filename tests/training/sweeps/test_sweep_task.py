"""One task of a study: what it trains, and what lies in the store afterwards."""

import json
from math import inf
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from training.regression.config import FitConfig
from training.sweeps import children
from training.sweeps.sweep_task import ALONE, SweepTask, TrainedTask, runs, train_sweep_task
from training.tracking import tracking


def trained(**given: object) -> tuple[TrainedTask, str]:
    """A task that is done, and the id of the run above it."""
    few = {"points": 50, "hidden": "4", "epochs": 2, "optimizer": "adam", "register_as": "none"}
    config = FitConfig.model_validate(few | given)
    with mlflow.start_run() as parent:
        pass
    store = tracking.Store.of(parent.info.run_id)
    return train_sweep_task(SweepTask(config, "hidden=4", "abc", parent.info.run_id, store, 2)), parent.info.run_id


def test_a_task_is_a_child_with_the_results_of_all_runs(store: str) -> None:
    found, parent = trained(runs=3, seed=5)
    assert [run.seed for run in found.runs] == [5, 6, 7]
    assert len(found.alone) == 2
    assert found.logging > 0
    run = MlflowClient().get_run(found.run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "hidden=4")
    tags = {key: run.data.tags[key] for key in ("mlflow.parentRunId", children.FIT)}
    assert tags == {"mlflow.parentRunId": parent, children.FIT: "abc"}
    assert ":" in run.data.tags[children.WORKER]
    assert [metric.step for metric in MlflowClient().get_metric_history(found.run_id, ALONE)] == [0, 1]


def test_what_it_logged_is_what_a_later_study_takes_over(store: str) -> None:
    found, _ = trained(runs=2)
    path = mlflow.artifacts.download_artifacts(run_id=found.run_id, artifact_path=f"{tracking.MEMBERS}.json")
    table = json.loads(Path(path).read_text())
    columns = dict(zip(table["columns"], map(list, zip(*table["data"], strict=True)), strict=True))
    for before, after in zip(found.runs, runs(columns), strict=True):
        assert (after.seed, after.failed) == (before.seed, before.failed)
        assert after.mse == pytest.approx(before.mse)
        assert after.seconds == pytest.approx(before.seconds)


def test_where_all_diverge_the_child_says_so_and_has_finished(store: str) -> None:
    found, _ = trained(runs=1, optimizer="sgd", learning_rate=1e300, activation="softplus", dtype="float64")
    assert [(run.mse, run.failed, run.diverged) for run in found.runs] == [(inf, True, True)]
    run = MlflowClient().get_run(found.run_id)
    assert run.info.status == "FINISHED"
    assert "all diverged, failed 1 of 1" in run.data.tags["mlflow.note.content"]


def test_null_in_a_table_is_infinity() -> None:
    (run,) = runs({"seed": [3.0], "mse": [None], "failed": [1.0], "seconds": [0.5]})
    assert (run.seed, run.mse, run.failed, run.seconds) == (3, inf, True, 0.5)
