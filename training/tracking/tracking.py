"""The only place that writes MLflow runs."""

import json
import math
import os
import platform
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_LOGGED_ARTIFACTS, MLFLOW_PARENT_RUN_ID

from training.errors import Error
from training.parameters.command_line import CommandLine
from training.tracking import abandoned, endings, experiment, store
from training.tracking.patience import hurried, leave_waiting_to_us, patiently
from training.tracking.requests import send, unsent_tags

# MLflow's own limit for one request.
_METRICS_PER_BATCH = 1_000
# The artifact with a line for each member.
MEMBERS = "members"
# Half the time of Pillow's own choice, for files a tenth as large again.
_PNG = {"compress_level": 4}


@contextmanager
def run(
    config: CommandLine,
    name: str,
    parent: str | None = None,
    tags: Mapping[str, str] | None = None,
    folder: Path | None = None,
    found: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """An MLflow run with the parameters and what is needed to repeat it; yields its id.

    Parameters that were left to the data are logged as they were `found` there.

    With a `parent`, the id of another run, the UI shows it below that one, whichever process is at work on it. The
    `tags` are there from the first moment, so that whoever finds a run that was killed knows whose it is; so does
    who finds the `folder` of its checkpoints.

    The run is FINISHED where the body ends, and FAILED with its reason as the tag `failure` where it raises or is
    told to stop. `mlflow run` has made the run and logged the parameters that were given: these stay as they are.
    A run of its own begins only where the store answers at once; what is logged later waits for the store.

    Raises:
        StoreUnavailable: the store cannot be reached or written.
    """
    leave_waiting_to_us()
    if parent is None:
        store.check()
    launched = os.environ.pop("MLFLOW_RUN_ID", None)
    active = patiently(lambda: _start(name, launched, parent, dict(tags or {})))
    with _recorded(active):
        if folder is not None:
            abandoned.take_over(folder, active.info.run_id)
        _describe(config, active, name, found or {})
        yield active.info.run_id


@dataclass(frozen=True)
class Store:
    """Where this process logs to; a worker in another folder, or on another machine, logs to the same."""

    uri: str
    experiment: str

    @classmethod
    def of(cls, run_id: str) -> "Store":
        """The store of a run, whose sqlite file has the same name from every folder."""
        found = patiently(lambda: MlflowClient().get_run(run_id))
        return cls(store.absolute(mlflow.get_tracking_uri()), found.info.experiment_id)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Log to it; a run that `mlflow run` has made is its launcher's, not a worker's."""
        before = dict(os.environ)
        os.environ |= {"MLFLOW_TRACKING_URI": self.uri, "MLFLOW_EXPERIMENT_ID": self.experiment}
        for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
            os.environ.pop(name, None)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before


def fail_launched_run(error: Error, name: str) -> None:
    """Give the run that `mlflow run` has made for this process its reason, where the parameters were refused."""
    if run_id := os.environ.get("MLFLOW_RUN_ID"):
        tags = [RunTag("failure", endings.reason(error)), RunTag("mlflow.runName", name)]
        patiently(lambda: MlflowClient().log_batch(run_id, tags=tags))
        patiently(lambda: MlflowClient().set_terminated(run_id, "FAILED"))


def log_metrics(run_id: str, metrics: Mapping[str, float], step: int) -> None:
    """All final metrics in one request."""
    now = int(time.time() * 1000)
    send(run_id, [Metric(key, value, now, step) for key, value in metrics.items()])


def log_tags(tags: Mapping[str, str], run_id: str | None = None) -> None:
    """Tags of a run, the active one unless given."""
    if tags:
        send(run_id or _active(), tags=tags)


def _active() -> str:
    active = mlflow.active_run()
    assert active is not None, "tags are logged in a run"
    run_id: str = active.info.run_id
    return run_id


def log_warnings(warnings: Sequence[str]) -> None:
    """What speaks against trusting the fit, as a tag that the UI shows beside the run."""
    if warnings:
        log_tags({"warnings": "; ".join(warnings)})


def log_registered(registered: object) -> None:
    """Which version the run has registered, if any, and why it is or is not the champion."""
    if registered is not None:
        log_tags({"registered": str(registered)})


def log_figures(figures: Mapping[str, Figure]) -> None:
    """The figures as NAME.png, the same in every run, and in no folder: the UI's comparison leaves folders out."""
    if not figures:
        return
    with TemporaryDirectory(prefix="derivable-") as folder:
        for name, figure in figures.items():
            # Figure.savefig, which mlflow.log_figure calls, draws all of it twice where there is a layout.
            FigureCanvasAgg(figure).print_png(f"{folder}/{name}.png", pil_kwargs=_PNG)  # type: ignore[no-untyped-call]
        patiently(partial(mlflow.log_artifacts, folder))


def log_curve(run_id: str, key: str, values: Sequence[float], first: int = 0, step: int = 1) -> None:
    """Values from the one with index first, in as few requests as MLflow takes; that with index 0 has this step."""
    for batch in batches(key, values, first, step):
        send(run_id, batch)


def log_dataset(run_id: str, name: str, dataset: Dataset) -> None:
    """What the run has learned from, or was judged by: `name` is "training" or "test"."""
    tags = [InputTag(MLFLOW_DATASET_CONTEXT, name)]
    patiently(lambda: MlflowClient().log_inputs(run_id, [DatasetInput(dataset, tags)]))


def log_text(name: str, text: str) -> None:
    """A file with this text."""
    patiently(lambda: mlflow.log_text(text, name))


def log_folder(folder: Path) -> None:
    """All files of a folder."""
    patiently(lambda: mlflow.log_artifacts(str(folder)))


def artifact(run_id: str, name: str) -> str:
    """The path of a file of a run on this machine; a server's is copied."""
    return str(patiently(lambda: mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name)))


def log_members(rows: Mapping[str, Sequence[float]]) -> None:
    """A line for each member, shown by the UI as a table."""
    log_table(MEMBERS, rows)


def log_table(name: str, columns: Mapping[str, Sequence[object]]) -> None:
    """A table by its columns, as NAME.json, which the UI shows as a table; what is not finite is null.

    MLflow's own would append it to what an attempt before has written.
    """
    rows = [[_cell(value) for value in row] for row in zip(*columns.values(), strict=True)]
    log_text(f"{name}.json", json.dumps({"columns": list(columns), "data": rows}))
    run_id = _active()
    tags = {**patiently(lambda: MlflowClient().get_run(run_id)).data.tags, **unsent_tags(run_id)}
    tables = json.loads(tags.get(MLFLOW_LOGGED_ARTIFACTS, "[]"))
    log_tags({MLFLOW_LOGGED_ARTIFACTS: json.dumps([*tables, {"path": f"{name}.json", "type": "table"}])})


def _cell(value: Any) -> object:
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def batches(key: str, values: Sequence[float], first: int = 0, step: int = 1) -> Iterator[list[Metric]]:
    """Values after each epoch from the one with index first, as many at a time as MLflow takes."""
    now = int(1000 * time.time())
    for start in range(first, len(values), _METRICS_PER_BATCH):
        epochs = range(start, min(start + _METRICS_PER_BATCH, len(values)))
        yield [Metric(key, values[i], now, i + step) for i in epochs]


def _start(name: str, launched: str | None, parent: str | None, tags: dict[str, str]) -> mlflow.ActiveRun:
    if launched:
        return mlflow.start_run(run_id=launched, run_name=name, tags=tags)
    return mlflow.start_run(
        run_name=name,
        experiment_id=experiment.chosen(),
        parent_run_id=parent,
        nested=parent is not None,
        tags=tags,
    )


@contextmanager
def _recorded(active: mlflow.ActiveRun) -> Iterator[None]:
    """The run ends with the body, and where that raises or is told to stop, with the reason."""
    with endings.terminated_by_signal():
        try:
            with endings.store_errors():
                yield
                patiently(lambda: _end(active.info.run_id))
        except BaseException as error:
            # Where the store does not answer, the run stays open, and its successor closes it.
            with hurried():
                MlflowClient().set_tag(active.info.run_id, "failure", endings.reason(error))
            with hurried():
                mlflow.end_run("FAILED")
            raise


def _end(run_id: str) -> None:
    """MLflow forgets the run at the first attempt, whatever becomes of it."""
    active = mlflow.active_run()
    if active and active.info.run_id == run_id:
        mlflow.end_run()
    else:
        MlflowClient().set_terminated(run_id)


def _describe(config: CommandLine, active: mlflow.ActiveRun, name: str, found: Mapping[str, str]) -> None:
    """Write the parameters, twice: the file also finds out, before any training, whether artifacts can be stored."""
    client, run_id = MlflowClient(), active.info.run_id
    patiently(lambda: mlflow.log_dict(config.model_dump(mode="json"), "config.json"))
    used = {**config.as_strings(), **found}
    params = [Param(key, text) for key, text in used.items() if key not in active.data.params]
    tags = [RunTag(key, text) for key, text in _repeatability(config).items()]
    patiently(lambda: client.log_batch(run_id, params=params, tags=[*tags, RunTag("mlflow.runName", name)]))
    if MLFLOW_PARENT_RUN_ID not in active.data.tags:
        patiently(lambda: experiment.mark(client.get_experiment(active.info.experiment_id)))


def _repeatability(config: CommandLine) -> dict[str, str]:
    packages = {f"version.{package}": version(package) for package in ("torch", "pytorch-lightning", "numpy", "onnx")}
    command = shlex.join(["python", "-m", config.module, *config.as_arguments()])
    return packages | {
        "repeat": command,
        "version.python": platform.python_version(),
        "platform": platform.platform(),
        "threads": "1",
    }
