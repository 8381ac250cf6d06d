"""The children of a study's run in MLflow: found again, taken over by the study that resumes theirs, and closed."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from training.tracking import abandoned, tracking
from training.tracking.patience import patiently

# Tags: of a study's run its digest; of a child the digest of its fit, and HOST:PID of its worker.
STUDY, FIT, WORKER = "study", "fit", "worker"


@dataclass(frozen=True)
class Child:
    """A finished child of a study that was stopped.

    Attributes:
        fit: the digest of its fit.
        members: the columns of members.json.
        steps: of each metric, its values by step.
    """

    run_id: str
    fit: str
    members: Mapping[str, list[Any]]
    steps: Mapping[str, Mapping[int, float]]


def take_over(study: str, parent: str, metrics: tuple[str, ...]) -> list[Child]:
    """The finished children of this study's earlier runs, which are closed, and whose children are the parent's now.

    A child that was not finished is closed with its reason; its fit is made again.
    """
    client = MlflowClient()
    experiment = patiently(lambda: client.get_run(parent)).info.experiment_id
    found = []
    for earlier in _search(experiment, f"tags.{STUDY} = '{study}' and attributes.status != 'FINISHED'"):
        if earlier.info.run_id == parent:
            continue
        abandoned.fail_abandoned_run(earlier.info.run_id, successor=parent)
        for child in _children(experiment, earlier.info.run_id):
            if child.info.status == "FINISHED":
                patiently(partial(client.set_tag, child.info.run_id, MLFLOW_PARENT_RUN_ID, parent))
                found.append(patiently(partial(_read, child, metrics)))
    return found


def close(parent: str, kept: Collection[str], reason: str) -> None:
    """Fail all children but these, with the reason: those of workers that died, or that were stopped."""
    for child in _children(patiently(lambda: MlflowClient().get_run(parent)).info.experiment_id, parent):
        if child.info.run_id not in kept and child.info.status != "FAILED":
            abandoned.fail(child.info.run_id, reason)


def _children(experiment: str, parent: str) -> list[Run]:
    return list(_search(experiment, f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{parent}'"))


def _search(experiment: str, query: str) -> Iterator[Run]:
    client, token = MlflowClient(), None
    while True:
        page = patiently(partial(client.search_runs, [experiment], query, max_results=1_000, page_token=token))
        yield from page
        token = page.token
        if not token:
            return


def _read(child: Run, metrics: tuple[str, ...]) -> Child:
    client = MlflowClient()
    with TemporaryDirectory(prefix="derivable-") as folder:
        members = f"{child.info.artifact_uri}/{tracking.MEMBERS}.json"
        path = mlflow.artifacts.download_artifacts(members, dst_path=folder)
        table = json.loads(Path(path).read_text())
    columns = dict(zip(table["columns"], map(list, zip(*table["data"], strict=True)), strict=True))
    steps = {
        key: {metric.step: metric.value for metric in client.get_metric_history(child.info.run_id, key)}
        for key in metrics
        if key in child.data.metrics
    }
    return Child(child.info.run_id, child.data.tags[FIT], columns, steps)
