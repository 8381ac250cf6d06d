"""The MLflow model registry, as the service sees it: read, and never trusted to be there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode
from sqlalchemy.exc import SQLAlchemyError

from serving.errors import RefusedModel, UnknownModel
from serving.loading import ServedModel, load
from serving.models import Version

# By name of a model, the numbers of the versions that have an alias.
Aliases = dict[str, dict[str, int]]

_NOT_THERE = {ErrorCode.Name(code) for code in (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)}


class StoreDown(Exception):
    """The registry does not answer, or not as a registry does. The message is for the log, not for clients."""


@dataclass(frozen=True)
class Listed:
    """A version in the registry, loaded or not."""

    version: int
    aliases: list[str]
    run_id: str
    experiment_id: str


class Store:
    """Reads an MLflow registry. Every method may take seconds, and raises StoreDown where it does not answer."""

    def __init__(self, tracking_uri: str | None):
        self._client = MlflowClient(tracking_uri)
        self._experiments: dict[str, str] = {}

    def aliases(self) -> Aliases:
        """All registered models and their aliases."""
        with _answering():
            models: list[RegisteredModel] = []
            token = None
            while True:
                page = self._client.search_registered_models(page_token=token)
                models += page
                token = page.token
                if not token:
                    return {model.name: {a: int(v) for a, v in model.aliases.items()} for model in models}

    def version(self, name: str, number: int, alias: str | None) -> Version:
        """A version of a model, found by its alias if that is given.

        Raises:
            UnknownModel: there is no such version.
        """
        with _answering(f"{name} has no version {number}"):
            run_id = self._client.get_model_version(name, str(number)).run_id or ""
            return Version(name, number, alias, run_id, self._experiment(run_id))

    def versions(self, name: str) -> list[Listed]:
        """The hundred newest versions of a model, newest first."""
        with _answering():
            quoted = name.replace("'", "")
            found = self._client.search_model_versions(
                f"name='{quoted}'", max_results=100, order_by=["version_number DESC"]
            )
            named: dict[int, list[str]] = {}
            for alias, number in self._client.get_registered_model(name).aliases.items():
                named.setdefault(int(number), []).append(alias)
            return [
                Listed(int(v.version), named.get(int(v.version), []), v.run_id or "", self._experiment(v.run_id or ""))
                for v in found
            ]

    def load(self, version: Version) -> ServedModel:
        """Fetch and load a version.

        Raises:
            RefusedModel: it can not be served.
        """
        with _answering(f"{version.name} has no version {version.version}"):
            source = self._client.get_model_version_download_uri(version.name, str(version.version))
            with TemporaryDirectory(prefix="derivable-") as folder:
                path = mlflow.artifacts.download_artifacts(
                    source, dst_path=folder, tracking_uri=self._client.tracking_uri
                )
                try:
                    return load(Path(path), version)
                except RefusedModel as error:
                    # Clients see the reason, and not where it was found.
                    reason = str(error).replace(path.rstrip("/"), "").replace(folder, "")
                    raise RefusedModel(" ".join(reason.split())) from error

    def _experiment(self, run_id: str) -> str:
        """The experiment of a run; empty for a version without a run, or whose run is gone."""
        if run_id and run_id not in self._experiments:
            try:
                self._experiments[run_id] = self._client.get_run(run_id).info.experiment_id
            except MlflowException as error:
                if error.error_code not in _NOT_THERE:
                    raise
                self._experiments[run_id] = ""
        return self._experiments.get(run_id, "")


@contextmanager
def _answering(missing: str = "no such model is registered") -> Iterator[None]:
    try:
        yield
    except MlflowException as error:
        if error.error_code in _NOT_THERE:
            raise UnknownModel(missing) from error
        raise StoreDown(_first_line(error)) from error
    except (SQLAlchemyError, OSError) as error:
        raise StoreDown(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
