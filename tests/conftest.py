"""Real parts in temporary folders: an sqlite store, a copy of the project, a service under uvicorn."""

import os
import shutil
import signal
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

from tests.support import forked
from tests.support.environment import LAZILY, ROOT
from tests.support.served_field import register_fields
from tests.support.service import Service, serving
from training.engine.engine import Engine, TrainingSpec

# Long ones begin first, so that no process is left with one at the end.
_LONGEST = (
    "test_processors",
    "test_readme",
    "test_cluster",
    "test_load",
    "test_project",
    "test_functions",
    "test_postgres",
    "test_app",
)

# What a shell starts in the background ignores SIGINT, and so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files of _LONGEST before the others."""
    items.sort(key=lambda item: _LONGEST.index(item.path.stem) if item.path.stem in _LONGEST else len(_LONGEST))


@pytest.fixture(scope="session", autouse=True)
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The training steps, compiled by one process of the tests, where else each would spend half a minute on it.

    With LAZILY, as tests/test_processors.py has it, there is but one process, which needs few of them.
    """
    if LAZILY in os.environ:
        return
    with FileLock(_common(tmp_path_factory) / "compiled.lock"):
        for dtype in (torch.float32, torch.float64):
            for sparse in (False, True):
                Engine(TrainingSpec((1, 1), "tanh", "mean_squared_error", "adam", 1.0, 0.0, dtype), 1, sparse)


@pytest.fixture(scope="session", autouse=True)
def _fork_server() -> None:
    """What processes are forked from imports while the first tests run."""
    if LAZILY not in os.environ:
        forked.start()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees another's unfinished trainings, or the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables and nothing in them, made once for all processes: it takes MLflow seconds."""
    path = _common(tmp_path_factory) / "mlflow.db"
    with FileLock(path.with_suffix(".lock")), chdir(path.parent):  # where artifacts go
        if not path.exists():
            mlflow.MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty sqlite store; yields its URI."""
    shutil.copy(empty_database, tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    # The one that every store has; the project's own is made at first use, which is another test's.
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
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
    _copy_compiled(folder)
    return folder


def _common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _copy_compiled(folder: Path) -> None:
    """Give a copy of the project the compiled training steps."""
    here, there = (each / "training" / "kernels" for each in (ROOT, folder))
    # Numba has the path of the sources in the name of their cache.
    of_here, of_there = (_CacheLocator.get_suitable_cache_subpath(str(each / "engine.py")) for each in (here, there))
    cache = Path(numba.config.CACHE_DIR)
    shutil.copytree(cache / of_here, there / "__pycache__" / cache.name / of_there)
    for mark in cache.glob("*.compiled"):
        shutil.copy(mark, there / "__pycache__" / cache.name)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a new user whose shell has the project's Python first."""
    # MAKE…: `make test` would have the `make` of a test tell of the folders that it enters.
    others = ("MLFLOW_", "DERIVABLE_", "MAKE", "MFLAGS")
    own = {key: value for key, value in os.environ.items() if not key.startswith(others)}
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


@pytest.fixture(scope="session")
def fields(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, environment: dict[str, str]
) -> Iterator[Service]:
    """The service with functions of several variables, and one of one variable: those of REGISTERED, and `bell`."""
    folder = tmp_path_factory.mktemp("fields")
    shutil.copy(empty_database, folder)
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setenv("MLFLOW_EXPERIMENT_ID", "0")
        register_fields()
    with serving(folder, environment | {"PYTHONPATH": str(ROOT)}) as running:
        yield running
