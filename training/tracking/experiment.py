"""The MLflow experiment that runs are in, and the addresses at which MLflow's UI shows them."""

import os
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from training.errors import StoreUnavailable
from training.tracking import store
from training.tracking.patience import hurried

NAME = "derivable"
# Without the kind the UI takes an experiment for one of GenAI, where trainings are not to be seen.
_KIND = {"mlflow.experimentKind": "custom_model_development"}
# And without this it opens an experiment in an overview that has none of them.
_AS_TRAININGS = "workflowType=machine_learning"
# Where `make ui` listens, unless told otherwise.
HOST, PORT = "127.0.0.1", 5000
_PROJECT = Path(__file__).parents[2]


def chosen() -> str:
    """The id of the experiment for a new run: the user's choice, else this project's.

    MLflow would look the one of the environment up, and take a server that does not answer for one that lacks it.
    """
    if active := mlflow.active_run():
        return str(active.info.experiment_id)
    if given := os.environ.get("MLFLOW_EXPERIMENT_ID"):
        return given
    return ensure(os.environ.get("MLFLOW_EXPERIMENT_NAME") or NAME)


def ensure(name: str) -> str:
    """The id of the experiment of this name, which is made at its first use; another process may do so as well.

    Raises:
        StoreUnavailable: it was deleted.
    """
    client = MlflowClient()
    found = client.get_experiment_by_name(name) or _create(client, name)
    if found.lifecycle_stage == LifecycleStage.DELETED:
        restore = f"mlflow experiments restore --experiment-id {found.experiment_id}"
        raise StoreUnavailable(f"the experiment {name!r} was deleted; `{restore}` brings it back")
    mark(found)
    return str(found.experiment_id)


def mark(experiment: Experiment) -> None:
    """Give the project's own experiment its kind, where a launcher has made it."""
    if experiment.name == NAME:
        for key, value in _KIND.items():
            if key not in experiment.tags:
                MlflowClient().set_experiment_tag(experiment.experiment_id, key, value)


def address(experiment_id: str, run_id: str | None = None, base: str | None = None) -> str:
    """Where MLflow's UI shows an experiment's trainings, or a run; of a local store, once `make ui` is at work."""
    if base is None:
        uri = store.current()
        base = store.without_credentials(uri) if store.is_server(uri) else f"http://{HOST}:{PORT}"
    run = f"/runs/{run_id}" if run_id else ""
    return f"{base.rstrip('/')}/#/experiments/{experiment_id}{run}?{_AS_TRAININGS}"


def link(run_id: str) -> str:
    """The last line of a command: where its run is, and what to type to look at it."""
    uri = store.absolute(store.current())
    experiment_id = ""
    with hurried():
        experiment_id = MlflowClient().get_run(run_id).info.experiment_id
    if not experiment_id:  # all is done: who waits would wait for nothing but a link
        return f"run {run_id} in {store.shown(uri)}"
    if store.is_server(uri):
        return f"run {run_id}: {address(experiment_id, run_id)}"
    of_project = uri == f"sqlite:///{_PROJECT / 'mlflow.db'}"
    command = "make ui" if of_project else f"MLFLOW_TRACKING_URI={store.shown(uri)} make ui"
    return f"run {run_id} in {store.shown(uri)}: `{command}` shows it on {address(experiment_id, run_id)}"


def _create(client: MlflowClient, name: str) -> Experiment:
    try:
        return client.get_experiment(client.create_experiment(name, tags=_KIND))
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
        found = client.get_experiment_by_name(name)  # another process was faster
        assert found is not None, "it exists"
        return found
