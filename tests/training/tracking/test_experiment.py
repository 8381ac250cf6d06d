"""Where runs go, and the addresses at which they are seen."""

import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from training.errors import StoreUnavailable
from training.regression.config import FitConfig
from training.tracking import experiment as module
from training.tracking import tracking

CONFIG = FitConfig()
KIND = ("mlflow.experimentKind", "custom_model_development")


@pytest.fixture
def own(store: str, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """A client of a store for which nobody has chosen an experiment."""
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    return MlflowClient()


def experiment_of(client: MlflowClient) -> str:
    with tracking.run(CONFIG, "a name") as run_id, tracking.run(CONFIG, "below", parent=run_id) as child:
        pass
    found = {client.get_run(each).info.experiment_id for each in (run_id, child)}
    (experiment_id,) = found
    return client.get_experiment(experiment_id).name


def test_runs_are_in_an_experiment_of_the_project_s_own(own: MlflowClient) -> None:
    assert experiment_of(own) == "derivable"
    assert experiment_of(own) == "derivable"
    assert [e.name for e in own.search_experiments()] == ["derivable", "Default"]
    assert KIND in own.get_experiment(module.ensure("derivable")).tags.items()


@pytest.mark.parametrize("variable", ["MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"])
def test_the_user_s_choice_comes_first(own: MlflowClient, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    chosen = own.create_experiment("mine") if variable == "MLFLOW_EXPERIMENT_ID" else "mine"
    monkeypatch.setenv(variable, chosen)
    assert experiment_of(own) == "mine"
    assert own.get_experiment_by_name("derivable") is None


def test_an_experiment_that_is_set_in_python_comes_first(own: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)  # and restored
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    mlflow.set_experiment("mine")
    assert experiment_of(own) == "mine"


def test_the_experiment_of_a_launched_run_stays_and_gets_its_kind(
    own: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = own.create_experiment("derivable")
    launched = own.create_run(made)
    monkeypatch.setenv("MLFLOW_RUN_ID", launched.info.run_id)
    with tracking.run(CONFIG, "a name") as run_id:
        assert run_id == launched.info.run_id
    assert KIND in own.get_experiment(made).tags.items()
    monkeypatch.setenv("MLFLOW_RUN_ID", own.create_run("0").info.run_id)
    with tracking.run(CONFIG, "a name"):
        pass
    assert KIND not in own.get_experiment("0").tags.items()


def test_a_deleted_experiment_is_named(own: MlflowClient) -> None:
    experiment_id = module.ensure("derivable")
    own.delete_experiment(experiment_id)
    with pytest.raises(
        StoreUnavailable, match=f"'derivable' was deleted; `mlflow experiments restore .* {experiment_id}`"
    ):
        tracking.run(CONFIG, "a name").__enter__()


def test_processes_that_begin_together_share_it(own: MlflowClient) -> None:
    code = "from training.tracking import experiment; print(experiment.ensure('derivable'))"
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2])}
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    assert {process.communicate()[0] for process in both} == {f"{module.ensure('derivable')}\n"}
    assert [process.returncode for process in both] == [0, 0]


def test_another_process_that_is_faster(own: MlflowClient) -> None:
    """Between the question and the answer."""
    made = own.create_experiment("derivable")
    assert module._create(own, "derivable").experiment_id == made


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (
            "http://me:pa55@host:5000/mlflow/",
            "http://host:5000/mlflow/#/experiments/7/runs/r?workflowType=machine_learning",
        ),
        ("https://host", "https://host/#/experiments/7/runs/r?workflowType=machine_learning"),
        ("sqlite:///mlflow.db", "http://127.0.0.1:5000/#/experiments/7/runs/r?workflowType=machine_learning"),
    ],
)
def test_addresses(monkeypatch: pytest.MonkeyPatch, uri: str, expected: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert module.address("7", "r") == expected
    assert module.address("7") == expected.replace("/runs/r", "")


def test_the_last_line_says_how_to_look_at_the_run(store: str) -> None:
    run_id = MlflowClient().create_run("0").info.run_id
    shown = f"`MLFLOW_TRACKING_URI={store} make ui` shows it on {module.address('0', run_id)}"
    assert module.link(run_id) == f"run {run_id} in {store}: {shown}"
