"""The commands of a user: `mlflow run` in a process of its own, on a fresh clone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest
import yaml

from serving.settings import Settings
from tests.support.project_runs import runs
from training.cli.mlproject import ENTRY_POINTS, declared, mlproject
from training.data.form import DataForm
from training.parameters.command_line import CommandLine
from training.regression.config import FitConfig

ROOT = Path(__file__).parent.parent


def launch(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["mlflow", "run", str(ROOT), "--env-manager", "local", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_main_job(project: Path, main_job: subprocess.CompletedProcess[str]) -> None:
    assert main_job.returncode == 0, main_job.stderr
    assert "registered as gaussian version 1, now the champion" in main_job.stdout
    same_name = (run for run in runs(project) if run.info.run_name == "gaussian adaptive tanh auto")
    run = min(same_name, key=lambda run: run.info.start_time)
    assert run.info.status == "FINISHED"
    assert run.data.params == FitConfig().as_strings() | {"mean": "0", "std": "1", "weight_decay": "0"}
    assert run.data.metrics["error_d2"] < 1e-10
    experiment = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db").get_experiment(run.info.experiment_id)
    assert (experiment.name, experiment.tags["mlflow.experimentKind"]) == ("derivable", "custom_model_development")
    address = f"http://127.0.0.1:5000/#/experiments/{experiment.experiment_id}/runs/{run.info.run_id}"
    assert main_job.stdout.rstrip().endswith(f"{address}?workflowType=machine_learning")


@pytest.mark.parametrize(("name", "config"), ENTRY_POINTS.items(), ids=ENTRY_POINTS)
def test_the_parameters_of_an_entry_point_are_those_that_have_one_default(name: str, config: type[CommandLine]) -> None:
    """Users' commands depend on them."""
    entry = yaml.safe_load((ROOT / "MLproject").read_text())["entry_points"][name]
    given = [f"--{name}={spec['default']}" for name, spec in entry["parameters"].items()]
    assert config.parse(given) == config()
    assert list(entry["parameters"]) == list(declared(config))
    assert entry["command"].split()[:3] == ["python", "-m", config.module]
    assert entry["command"].split()[3:] == [f"--{name}={{{name}}}" for name in declared(config)]


def test_the_project_s_file_is_as_make_lock_writes_it() -> None:
    assert (ROOT / "MLproject").read_text() == mlproject()


def test_what_follows_from_other_parameters_is_not_declared() -> None:
    assert set(FitConfig.model_fields) - set(declared(FitConfig)) == {
        *("target", "data", "error_column", "period", "domain", "design", "retry_until"),
        *("optimizer", "activation", "hidden", "epochs", "batch_size", "learning_rate"),
        *("standardise", "dtype"),
        *DataForm.model_fields,
    }


def test_the_parameters_of_the_service_are_its_settings() -> None:
    entry = yaml.safe_load((ROOT / "MLproject").read_text())["entry_points"]["serve"]
    settings = Settings()
    for name, spec in entry["parameters"].items():
        assert getattr(settings, name) == spec["default"]


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        (
            "target=sine",
            "target: 'sine' is not an expression in x: the name 'sine' is unknown; allowed are gaussian",
        ),
        ("pionts=5", "unknown parameter pionts; did you mean points?"),
    ],
)
def test_a_refused_parameter_is_a_failed_run_that_says_why(
    store: str, tmp_path: Path, environment: dict[str, str], argument: str, reason: str
) -> None:
    finished = launch(tmp_path, environment, "-P", argument)
    assert finished.returncode != 0
    assert reason in finished.stderr
    assert "Traceback" not in finished.stderr.split("=== Run (ID")[0]
    (run,) = runs(tmp_path)
    assert run.info.status == "FAILED"
    assert reason in run.data.tags["failure"]
    assert run.info.run_name in ("sine refused", "refused")


def test_from_another_folder_with_a_target_that_a_shell_would_change(
    store: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    finished = launch(tmp_path, environment, "-P", "target=psi_2^2", "-P", "epochs=2", "-P", "points=101")
    assert finished.returncode == 0, finished.stderr
    (run,) = runs(tmp_path)
    assert run.data.tags["mlflow.runName"] == "psi_2^2 adaptive tanh auto epochs=2 points=101"
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    assert client.get_model_version_by_alias("psi_2_squared", "champion").run_id == run.info.run_id


def test_a_killed_fit_is_resumed_by_the_same_command(
    store: str, tmp_path: Path, environment: dict[str, str], project: Path
) -> None:
    arguments = ["--preset=standard", "--epochs=20000", "--points=2001", "--register_as=none"]
    own = environment | {"PYTHONPATH": str(project), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "training.fit"]
    with subprocess.Popen([*command, *arguments], cwd=tmp_path, env=own) as process:
        deadline = time.monotonic() + 120
        while not list((tmp_path / "cache").rglob("*.ckpt")) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    with subprocess.Popen([*command, *arguments], cwd=tmp_path, env=own, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if "resuming from the checkpoint of a killed run" in line:
                break
        # It need not end here: that it ends with the same bits is another test's.
        process.send_signal(signal.SIGTERM)
    second, first = runs(tmp_path)
    assert (first.info.status, first.data.tags["failure"]) == ("FAILED", f"killed; resumed by run {second.info.run_id}")
    assert (second.info.status, second.data.tags["failure"]) == ("FAILED", "stopped by a signal")
