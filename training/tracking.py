"""The only place that writes MLflow runs."""

import json
import os
import platform
import shlex
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import mlflow
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from training.callbacks import History
from training.command_line import CommandLine
from training.errors import Error, StoreUnavailable
from training.lightning import Callback, Trainer

# MLflow's own limit for one request.
_METRICS_PER_BATCH = 1_000
# The artifact with a line for each member.
MEMBERS = "members"
# Often enough to watch a curve grow, seldom enough to cost nothing.
_SECONDS_BETWEEN_BATCHES = 2.0


@contextmanager
def run(
    config: CommandLine, name: str, parent: str | None = None, tags: Mapping[str, str] | None = None
) -> Iterator[str]:
    """An MLflow run with the parameters and what is needed to repeat it; yields its id.

    With a `parent`, the id of another run, the UI shows it below that one, whichever process is at work on it. The
    `tags` are there from the first moment, so that whoever finds a run that was killed knows whose it is.

    The run is FINISHED where the body ends, and FAILED with its reason as the tag `failure` where it raises or is
    told to stop. `mlflow run` has made the run and logged the parameters that were given: these stay as they are.

    Raises:
        StoreUnavailable: the store can not be reached or written.
    """
    with store_errors((MlflowException, SQLAlchemyError, sqlite3.Error, OSError)):
        _open_sqlite(mlflow.get_tracking_uri())
        nested = parent is not None
        active = mlflow.start_run(run_name=name, parent_run_id=parent, nested=nested, tags=dict(tags or {}))
    with _recorded(active):
        with store_errors((OSError,)):
            _describe(config, active.info.run_id, name)
        yield active.info.run_id


@dataclass(frozen=True)
class Store:
    """Where this process logs to; a worker in another folder, or on another machine, logs to the same."""

    uri: str
    experiment: str

    @classmethod
    def of(cls, run_id: str) -> "Store":
        """The store of a run, whose sqlite file has the same name from every folder."""
        uri = mlflow.get_tracking_uri()
        if uri.startswith("sqlite:///") and (path := make_url(uri).database):
            uri = f"sqlite:///{Path(path).absolute()}"
        return cls(uri, MlflowClient().get_run(run_id).info.experiment_id)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Log to it; a run that `mlflow run` has made is its launcher's, not a worker's."""
        before = dict(os.environ)
        os.environ |= {"MLFLOW_TRACKING_URI": self.uri, "MLFLOW_EXPERIMENT_ID": self.experiment}
        os.environ.pop("MLFLOW_RUN_ID", None)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before


@contextmanager
def reopened(run_id: str) -> Iterator[None]:
    """A finished run again, for more of its results; it ends as `run` does.

    Raises:
        StoreUnavailable: the store can not be reached or written.
    """
    with store_errors():
        active = mlflow.start_run(run_id=run_id)
    with _recorded(active):
        yield


def fail_launched_run(error: Error) -> None:
    """Give the run that `mlflow run` has made for this process its reason, where the parameters were refused."""
    if run_id := os.environ.get("MLFLOW_RUN_ID"):
        with store_errors():
            MlflowClient().set_tag(run_id, "failure", _reason(error))
            MlflowClient().set_terminated(run_id, "FAILED")


def take_over(folder: Path, run_id: str) -> None:
    """Go on in a run with what a killed process has left in a folder of checkpoints, and close that process' run."""
    owner = folder / "run.json"
    if owner.exists():
        fail_abandoned_run(json.loads(owner.read_text())["run_id"], successor=run_id)
    owner.write_text(json.dumps({"run_id": run_id}))


def fail_abandoned_run(run_id: str, successor: str) -> None:
    """Close the run of a process that was killed, where it is in this store and still open."""
    client = MlflowClient()
    try:
        if client.get_run(run_id).info.status != "RUNNING":
            return
        client.set_tag(run_id, "failure", f"killed; resumed by run {successor}")
        client.set_terminated(run_id, "FAILED")
    except MlflowException:
        return


def log_metrics(run_id: str, metrics: Mapping[str, float], step: int) -> None:
    """All final metrics in one request."""
    now = int(time.time() * 1000)
    MlflowClient().log_batch(run_id, metrics=[Metric(key, value, now, step) for key, value in metrics.items()])


def log_tags(tags: Mapping[str, str]) -> None:
    """Tags of the active run."""
    mlflow.set_tags(dict(tags))


def log_warnings(warnings: Sequence[str]) -> None:
    """What speaks against trusting the fit, as a tag that the UI shows beside the run."""
    if warnings:
        mlflow.set_tag("warnings", "; ".join(warnings))


def log_figures(figures: Mapping[str, Figure]) -> None:
    """The figures as NAME.png, the same in every run, and in no folder: the UI's comparison leaves folders out."""
    for name, figure in figures.items():
        mlflow.log_figure(figure, f"{name}.png")


def log_curve(run_id: str, key: str, values: Sequence[float], first: int = 0) -> None:
    """Values after each epoch from the one with index first, in as few requests as MLflow takes."""
    now = int(1000 * time.time())
    for start in range(first, len(values), _METRICS_PER_BATCH):
        epochs = range(start, min(start + _METRICS_PER_BATCH, len(values)))
        MlflowClient().log_batch(run_id, metrics=[Metric(key, values[i], now, i + 1) for i in epochs])


def log_text(name: str, text: str) -> None:
    """A file with this text."""
    mlflow.log_text(text, name)


def log_folder(folder: Path) -> None:
    """All files of a folder."""
    mlflow.log_artifacts(str(folder))


def log_members(rows: Mapping[str, Sequence[float]]) -> None:
    """A line for each member, shown by the UI as a table."""
    log_table(MEMBERS, rows)


def log_table(name: str, columns: Mapping[str, Sequence[object]]) -> None:
    """A table by its columns, as NAME.json, which the UI shows as a table."""
    mlflow.log_table(dict(columns), f"{name}.json")


class LiveMetrics(Callback):
    """Sends the errors of a single run while it is in training, in batches.

    That of the last epoch is left to who knows the final one.

    Attributes:
        sent: how many of them.
    """

    def __init__(self, run_id: str):
        self._run_id, self.sent, self._last = run_id, 0, time.monotonic()

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        if time.monotonic() - self._last > _SECONDS_BETWEEN_BATCHES:
            self._send(trainer)

    def on_exception(self, trainer: Trainer, *_: Any) -> None:
        self._send(trainer)

    def _send(self, trainer: Trainer) -> None:
        (history,) = (callback for callback in trainer.callbacks if isinstance(callback, History))  # type: ignore[attr-defined]
        errors = [error for by_seed in history.errors for error in by_seed.values()]
        log_curve(self._run_id, "mse", errors, first=self.sent)
        self.sent, self._last = len(errors), time.monotonic()


@contextmanager
def _recorded(active: mlflow.ActiveRun) -> Iterator[None]:
    """The run ends with the body, and where that raises or is told to stop, with the reason."""
    with active, _terminated_by_signal(), store_errors():
        try:
            yield
        except BaseException as error:
            mlflow.set_tag("failure", _reason(error))
            raise


def _describe(config: CommandLine, run_id: str, name: str) -> None:
    """Write the parameters, twice: the file also finds out, before any training, whether artifacts can be stored."""
    mlflow.log_dict(config.model_dump(mode="json"), "config.json")
    client = MlflowClient()
    known = client.get_run(run_id).data.params
    params = [Param(key, text) for key, text in config.as_strings().items() if key not in known]
    tags = [RunTag(key, text) for key, text in _repeatability(config).items()]
    client.log_batch(run_id, params=params, tags=[*tags, RunTag("mlflow.runName", name)])


def _repeatability(config: CommandLine) -> dict[str, str]:
    packages = {f"version.{package}": version(package) for package in ("torch", "pytorch-lightning", "numpy", "onnx")}
    command = shlex.join(["python", "-m", config.module, *config.as_arguments()])
    return packages | {
        "repeat": command,
        "version.python": platform.python_version(),
        "platform": platform.platform(),
        "threads": "1",
    }


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return "stopped by a signal"
    return str(error) if isinstance(error, Error) else f"{type(error).__name__}: {error}"


def _open_sqlite(uri: str) -> None:
    """Fail at once where an sqlite store can not be written: MLflow would retry for minutes."""
    if uri.startswith("sqlite:///"):
        path = make_url(uri).database or ":memory:"
        with closing(sqlite3.connect(path, timeout=60)) as database:
            database.execute("BEGIN IMMEDIATE")


@contextmanager
def store_errors(errors: tuple[type[Exception], ...] = (MlflowException, SQLAlchemyError)) -> Iterator[None]:
    """What is wrong with the store as the user's mistake that it is."""
    try:
        yield
    except errors as error:
        reason = str(error).strip().splitlines()[0]
        raise StoreUnavailable(f"the MLflow store {mlflow.get_tracking_uri()} can not be used: {reason}") from error


@contextmanager
def _terminated_by_signal() -> Iterator[None]:
    """SIGTERM as an exception, so that the run is closed; its default would end the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
