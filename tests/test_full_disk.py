"""A disk that is full while a fit logs: a small file system of its own, where one can be mounted."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from training.fit import main

FIT = ["--points=201", "--epochs=2", "--register_as=none"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Some 2 MiB: an empty store and a little more."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("free", [0, 50_000])
def test_a_disk_that_is_full_is_one_line_and_its_successor_closes_the_run(
    store: str,
    small_disk: Path,
    empty_database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    free: int,
) -> None:
    """Full from the first, and full before all figures are there."""
    shutil.copy(empty_database, small_disk)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{small_disk}/mlflow.db")
    monkeypatch.chdir(small_disk)
    made = mlflow.MlflowClient().create_experiment("here", artifact_location=str(small_disk / "artifacts"))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", made)
    filler = small_disk / "filler"
    filler.write_bytes(b"0" * (shutil.disk_usage(small_disk).free - free))
    capfd.readouterr()
    with pytest.raises(SystemExit, match=r"^1$"):
        main(FIT)
    said = capfd.readouterr().err
    assert said.startswith("error: the MLflow store ")
    assert said.count("\n") == 1
    assert "full" in said or "No space left" in said
    filler.unlink()
    main(FIT)
    runs = mlflow.MlflowClient().search_runs([made], order_by=["attributes.start_time ASC"])
    assert [run.info.status for run in runs][-1] == "FINISHED"
    assert {run.info.status for run in runs[:-1]} <= {"FAILED"}
