"""Runs of processes that were killed, which only their successors can close."""

import json
from contextlib import suppress
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from training.errors import StoreUnavailable
from training.tracking.patience import patiently


def take_over(folder: Path, run_id: str) -> None:
    """Go on in a run with what a killed process has left in a folder of checkpoints, and close that process' run."""
    owner = folder / "run.json"
    if owner.exists():
        fail_abandoned_run(json.loads(owner.read_text())["run_id"], successor=run_id)
    written = folder / f"{run_id}.json"
    with suppress(OSError):  # it is only a cache, which may be full
        written.write_text(json.dumps({"run_id": run_id}))
        written.replace(owner)


def fail_abandoned_run(run_id: str, successor: str) -> None:
    """Close the run of a process that was killed, and those below it, where they are in this store and still open."""
    client = MlflowClient()
    try:
        run = patiently(lambda: client.get_run(run_id))
    except StoreUnavailable as error:
        if getattr(error.__cause__, "error_code", None) != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise
        return
    below = f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{run_id}' and attributes.status = 'RUNNING'"
    for each in [*patiently(lambda: client.search_runs([run.info.experiment_id], below)), run]:
        if each.info.status == "RUNNING" and each.info.lifecycle_stage == LifecycleStage.ACTIVE:
            fail(each.info.run_id, f"killed; resumed by run {successor}")


def fail(run_id: str, failure: str) -> None:
    """Close a run that another process has left, with what became of it."""
    client = MlflowClient()
    patiently(lambda: client.set_tag(run_id, "failure", failure))
    patiently(lambda: client.set_terminated(run_id, "FAILED"))
