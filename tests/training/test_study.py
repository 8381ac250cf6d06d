import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest

from tests.support.project_runs import runs
from tests.support.watch import family
from training.study import main
from training.sweeps import children


def test_a_killed_study_is_resumed_by_the_same_command(
    store: str, tmp_path: Path, environment: dict[str, str], project: Path
) -> None:
    own = environment | {"PYTHONPATH": str(project), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "training.study", "--values=5:20:5", "--runs=4", "--points=501", "--epochs=400"]
    command += ["--repeats=1", "--workers=1"]
    with subprocess.Popen(command, cwd=tmp_path, env=own) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            done = [run for run in runs(tmp_path) if children.FIT in run.data.tags and run.info.status == "FINISHED"]
            if len(done) >= 2:
                break
            time.sleep(0.2)
        os.kill(process.pid, signal.SIGKILL)
    assert len(done) >= 2
    subprocess.run(command, cwd=tmp_path, env=own, check=True)
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    second, first = (run for run in runs(tmp_path) if children.STUDY in run.data.tags)
    assert (first.info.status, first.data.tags["failure"]) == ("FAILED", f"killed; resumed by run {second.info.run_id}")
    assert second.info.status == "FINISHED"
    below = f"tags.`mlflow.parentRunId` = '{second.info.run_id}' and attributes.status = 'FINISHED'"
    finished = list(client.search_runs([second.info.experiment_id], below))
    assert sorted(run.data.params["hidden"] for run in finished) == ["10,10", "15,15", "20,20", "5,5"]
    assert {run.info.run_id for run in done} <= {run.info.run_id for run in finished}
    assert all("seconds_alone" in run.data.metrics for run in finished)
    assert [run for run in runs(tmp_path) if run.info.status == "RUNNING"] == []


def test_the_command_tells_which_cells_are_best(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--values=3,4", "--runs=2", "--points=50", "--epochs=2", "--repeats=1", "--workers=1"])
    lowest, fastest, logging, link = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"lowest median error: hidden=[34]: mean squared error .*, failed \d of 2 .* s alone", lowest)
    assert fastest.startswith("fastest: hidden=")
    assert re.fullmatch(r"\d+% of the time went into MLflow and plots", logging)
    assert link.startswith("run ")


def test_a_mistake_is_one_line_and_an_exit_status(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="64"):
        main(["--vary=hidden", "--values=0"])
    assert capsys.readouterr().err.startswith("error: values: hidden=0: hidden: Input should be greater than or equal")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_study_that_is_told_to_end_while_it_imports_takes_its_workers_with_it(
    tmp_path: Path, environment: dict[str, str], project: Path, number: signal.Signals
) -> None:
    own = environment | {"PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "training.study", "--preset=precise", "--values=10,20", "--workers=2"]
    # As a shell has it, whose Ctrl-C is for all processes of a command.
    with subprocess.Popen(
        command, cwd=tmp_path, env=own, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not any(map(_imports_for_workers, family(process.pid))):
            time.sleep(0.05)
        assert time.monotonic() < deadline
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        # Whoever is left has its standard error, too, which would not end.
        _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "Traceback" not in said


def _imports_for_workers(pid: int) -> bool:
    """Whether it is the process that workers are forked from, in the middle of its imports."""
    try:
        command, mapped = (Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "maps"))
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"multiprocessing.forkserver" in command and b"numpy" in mapped
