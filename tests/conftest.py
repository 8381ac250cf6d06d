"""Real parts in temporary folders: an sqlite store, a copy of the project, a service under uvicorn."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import mlflow
import numba
import pytest
import torch
from filelock import FileLock
from numba.core.caching import _CacheLocator

from tests.service import Service, serving
from training.engine import Engine, Recipe

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees another's unfinished trainings, or the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables and nothing in them; making one takes MLflow seconds."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with chdir(path.parent):  # where artifacts go
        mlflow.MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty sqlite store; yields its URI."""
    shutil.copy(empty_database, tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    yield uri
    while mlflow.active_run():
        mlflow.end_run("KILLED")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that git tracks or would, as a clone has them."""
    folder = tmp_path_factory.mktemp("clone") / "derivable"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    _copy_compiled(folder, tmp_path_factory.getbasetemp().parent)
    return folder


def _copy_compiled(folder: Path, common: Path) -> None:
    """Give a copy of the project the compiled training steps; each would need half a minute for its own."""
    with FileLock(common / "compiled.lock"):
        for dtype in (torch.float32, torch.float64):
            Engine(Recipe((1, 1), "tanh", "mean_squared_error", "adam", 1.0, 0.0, dtype), 1)
    here, there = (each / "training" / "kernels" for each in (ROOT, folder))
    # Numba has the path of the sources in the name of their cache.
    of_here, of_there = (_CacheLocator.get_suitable_cache_subpath(str(each / "engine.py")) for each in (here, there))
    cache = Path(numba.config.CACHE_DIR)
    shutil.copytree(cache / of_here, there / "__pycache__" / cache.name / of_there)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a new user whose shell has the project's Python first."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "DERIVABLE_"))}
    return own | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
    }


@pytest.fixture(scope="session")
def main_job(project: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The main job, run once as the README says, with the environment that the tests run in."""
    command = ["make", "fit", f"VENV={Path(sys.executable).parent.parent}"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def service(
    project: Path, environment: dict[str, str], main_job: subprocess.CompletedProcess[str]
) -> Iterator[Service]:
    """The service on the store of the main job."""
    assert main_job.returncode == 0, main_job.stderr
    with serving(project, environment) as running:
        yield running
