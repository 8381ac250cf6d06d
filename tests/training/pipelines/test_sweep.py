"""Sweeps on an sqlite store."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pytest
from filelock import FileLock
from mlflow.entities import Run

from training.errors import SweepRunning
from training.pipelines.sweep import Sweep, sweep
from training.regression.sampling import sample
from training.regression.success import is_failed
from training.sweeps.config import SweepConfig

SMALL = SweepConfig(
    vary="hidden;activation", values="5,10;tanh,relu", runs=3, points=201, epochs=5, repeats=2, workers=2, retry_until=1
)


def children(client: mlflow.MlflowClient, parent: str) -> list[Run]:
    experiment_id = client.get_run(parent).info.experiment_id
    return list(client.search_runs([experiment_id], f"tags.`mlflow.parentRunId` = '{parent}'"))


def text(run_id: str, name: str) -> str:
    artifacts = mlflow.MlflowClient().get_run(run_id).info.artifact_uri
    found: str = mlflow.artifacts.load_text(f"{artifacts}/{name}")
    return found


@pytest.fixture(scope="module")
def small(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    """In a store of its own, for all who only look at it."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copy(empty_database, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield sweep(SMALL)


def test_a_study_is_a_run_with_a_child_for_each_cell(small: Sweep) -> None:
    client = mlflow.MlflowClient()
    parent = client.get_run(small.run_id)
    assert parent.info.status == "FINISHED"
    assert parent.data.params == SMALL.as_strings()
    assert (parent.data.metrics["cells"], parent.data.metrics["trainings"]) == (4, 12)
    assert parent.data.metrics["logging_part"] == small.logging_part > 0
    found = children(client, small.run_id)
    assert {run.info.run_name for run in found} == {
        f"hidden={units}, activation={activation}" for units in (5, 10) for activation in ("tanh", "relu")
    }
    for run in found:
        assert {"mse", "mse_median", "failure_rate", "seconds", "error_d2"} <= set(run.data.metrics)
        assert [artifact.path for artifact in client.list_artifacts(run.info.run_id)] == [
            *("config.json", "fit.png", "members.json", "members.png", "squared_difference.png")
        ]
        described = run.data.tags["mlflow.note.content"]
        assert described.startswith(f"**gaussian: {run.info.run_name}**\n\nmean squared error ")
        assert ("path=members.png&" in described, "failed " in described) == (True, True)
        for key in ("seconds_alone", "retry_seconds"):
            steps = client.get_metric_history(run.info.run_id, key)
            assert [metric.step for metric in steps] == [0, 1]
            assert min(metric.value for metric in steps) > 0
    assert {artifact.path for artifact in client.list_artifacts(small.run_id)} == {
        *("config.json", "difference.png", "failure_rate.png", "retry.png", "time.png"),
        *("runs.csv", "summary.csv"),
    }


def test_its_tables_have_every_cell_and_every_run(small: Sweep) -> None:
    summary = list(csv.DictReader(io.StringIO(text(small.run_id, "summary.csv"))))
    assert [(line["hidden"], line["activation"]) for line in summary] == [
        *(("5", "tanh"), ("5", "relu"), ("10", "tanh"), ("10", "relu"))
    ]
    lines = list(csv.DictReader(io.StringIO(text(small.run_id, "runs.csv"))))
    assert len(lines) == 12
    assert [line["seed"] for line in lines[:3]] == ["0", "1", "2"]
    variance = float(sample(SMALL.fits[0], SMALL.fits[0].seed).y.var())
    for line in lines:
        assert line["failed"] == str(is_failed(float(line["mse"]), variance))
    for cell in small.cells:
        assert cell.errors()[1] == sorted(run.mse for run in cell.runs)[1]
        # Whoever asks for an error of 1 has it at once.
        assert {retry.trainings for retry in cell.retries.values()} == {1}
        assert cell.predicted_seconds(1) == cell.seconds()[1]


def test_runs_are_those_that_a_fit_would_make(small: Sweep, tmp_path: Path) -> None:
    from training.regression.trainer import train

    cell, fit = small.cells[1], SMALL.fits[1]
    assert [run.mse for run in cell.runs] == [member.mse for member in train(fit, sample(fit, fit.seed), tmp_path)]


def test_only_one_process_is_at_work_on_a_study(store: str, tmp_path: Path) -> None:
    lock = tmp_path / "cache" / "derivable" / "studies" / f"{SMALL.digest}.lock"
    lock.parent.mkdir(parents=True)
    with FileLock(lock), pytest.raises(SweepRunning, match="another process is at work on the same study"):
        sweep(SMALL)
    assert mlflow.MlflowClient().search_runs(["0"]) == []


def test_a_cell_whose_runs_all_diverge_is_a_result(store: str) -> None:
    result = sweep(
        SweepConfig(
            vary="learning_rate",
            values="0.01,1e6",
            optimizer="sgd",
            runs=2,
            points=101,
            epochs=20,
            repeats=1,
            workers=2,
            activation="relu",
        )
    )
    good, bad = result.cells
    assert (good.failures().trainings, bad.failures().failed) == (2, 2)
    (child,) = (
        r for r in children(mlflow.MlflowClient(), result.run_id) if r.data.params["learning_rate"] == "1000000.0"
    )
    assert (child.data.metrics["diverged"], child.data.metrics["failure_rate"]) == (2, 1)
    assert "\n\nall diverged, failed 2 of 2\n" in child.data.tags["mlflow.note.content"]


def test_a_solver_is_timed_again_where_it_trains(store: str, tmp_path: Path) -> None:
    config = SweepConfig(
        preset="precise", vary="target", values="sin(x),exp(-x)", runs=2, points=201, repeats=3, workers=1
    )
    result = sweep(config)
    client = mlflow.MlflowClient()
    for cell in result.cells:
        assert sorted(cell.alone) == [0, 1, 2]
        assert cell.alone[0] == cell.runs[0].seconds
        steps = client.get_metric_history(cell.run_id, "seconds_alone")
        assert {step.step: step.value for step in steps} == cell.alone
        # What is left is rounding, of which there is no figure.
        assert [artifact.path for artifact in client.list_artifacts(cell.run_id)] == [
            *("config.json", "fit.png", "members.json", "members.png")
        ]


def test_a_study_of_several_variables(store: str) -> None:
    config = SweepConfig.model_validate(
        {
            "target": "sin(x)*y",
            "domain": "x:-2,2; y:-1,1",
            "points": 300,
            "workers": 1,
            "repeats": 2,
            "vary": "hidden;optimizer",
            "values": "5,10;adam,varpro",
            "runs": 2,
            "epochs": 3,
            "retry_until": 1,
        }
    )
    found = sweep(config)
    assert [cell.name for cell in found.cells] == [
        f"hidden={units}, optimizer={name}" for units in (5, 10) for name in ("adam", "varpro")
    ]
    assert all(len(cell.runs) == 2 and len(cell.alone) == 2 for cell in found.cells)
    client = mlflow.MlflowClient()
    child = client.get_run(found.cells[3].run_id)
    assert child.data.params["domain"] == "x:-2,2; y:-1,1"
    assert 0 < child.data.metrics["error_value"] < 1
    assert {"error_gradient", "error_hessian", "weights"} <= child.data.metrics.keys()
    assert "predicted.png" in [entry.path for entry in client.list_artifacts(child.info.run_id)]
    assert sweep(config).run_id != found.run_id


def test_a_study_of_data_of_several_variables(store: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (80, 2))
    rows = np.column_stack([x, np.sin(x[:, 0]) * x[:, 1]])
    np.savetxt(tmp_path / "plane.csv", rows, delimiter=",", header="a,b,u", comments="")
    given = {"data": str(tmp_path / "plane.csv"), "x_column": "a,b", "y_column": "u", "vary": "optimizer"}
    config = SweepConfig.model_validate(
        given | {"values": "evidence,varpro", "hidden": "auto", "workers": 1, "runs": 1}
    )
    found = sweep(config)
    assert all(cell.runs[0].mse < 1e-3 for cell in found.cells)
