"""The client of the MLflow model registry, which is read and never trusted to be there."""

import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import mlflow
from mlflow import MlflowClient
from mlflow.entities import model_registry as entities
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from sqlalchemy.exc import SQLAlchemyError

from serving.errors import RefusedModel, UnknownModel
from serving.models.checker import check
from serving.models.loading import ServedModel, load
from serving.models.logged_model import Version

# When a registered model was made and last changed, in milliseconds since 1970: whoever registers or deletes a version
# changes it, moving an alias does not.
Revision = tuple[int, int]

log = logging.getLogger("derivable.serving")

# The most bytes of all files of a version.
_MOST_BYTES = 128 << 20
_LONGEST_REASON = 500
_NOT_THERE = {ErrorCode.Name(code) for code in (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)}


class RegistryDown(Exception):
    """The registry does not answer, or not as a registry does. The message is for the log, not for clients."""


class NotFetched(Exception):
    """A version whose artifacts cannot be fetched. The message is for clients, without where they should be."""


class RegisteredModel(NamedTuple):
    """A model in the registry: the numbers of its versions that have an alias, and when it last changed."""

    aliases: dict[str, int]
    revision: Revision


@dataclass(frozen=True)
class ListedVersion:
    """A version in the registry, loaded or not."""

    version: int
    aliases: list[str]
    run_id: str
    experiment_id: str


class RegistryClient:
    """Reads an MLflow registry. Every method may take seconds, and raises RegistryDown where it does not answer.

    Raises:
        MlflowException: the tracking URI is not one.
        RegistryDown: the file that it names is no store.
    """

    def __init__(self, tracking_uri: str | None):
        try:
            self._client = MlflowClient(tracking_uri)
        except SQLAlchemyError as error:
            raise RegistryDown(_first_line(error)) from error
        self._experiments: dict[str, str] = {}

    def models(self) -> dict[str, RegisteredModel]:
        """All registered models, by name."""
        with _answering():
            models: list[entities.RegisteredModel] = []
            token = None
            while True:
                page = self._client.search_registered_models(page_token=token)
                models += page
                token = page.token
                if not token:
                    return {model.name: _registered(model) for model in models}

    def version(self, name: str, number: int) -> Version:
        """A version of a model.

        Raises:
            UnknownModel: there is no such version.
        """
        with _answering(f"{name} has no version {number}"):
            found = self._client.get_model_version(name, str(number))
            run_id, source = found.run_id or "", found.source or ""
            experiment_id = self._experiment(run_id)
            return Version(name, number, None, run_id, experiment_id, source, found.creation_timestamp or 0)

    def versions(self, name: str) -> list[ListedVersion]:
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
                ListedVersion(
                    int(v.version), named.get(int(v.version), []), v.run_id or "", self._experiment(v.run_id or "")
                )
                for v in found
            ]

    def load(self, version: Version) -> ServedModel:
        """Fetch, check and load a version.

        Raises:
            RefusedModel: it cannot be served.
            NotFetched: its artifacts cannot be fetched.
        """
        with _answering(f"{version.name} has no version {version.version}"):
            source = self._client.get_model_version_download_uri(version.name, str(version.version))
        with TemporaryDirectory(prefix="derivable-") as folder:
            path = self._fetch(source, folder)
            try:
                return load(path, version, check(path))
            except RefusedModel as error:
                # Clients see the reason, and not where it was found.
                reason = str(error).replace(str(path), "").replace(folder, "")
                raise RefusedModel(" ".join(reason.split())[:_LONGEST_REASON]) from error

    def _fetch(self, source: str, folder: str) -> Path:
        try:
            if (local := _local(source, self._client.tracking_uri)) is not None:
                _require_files(local)
            return Path(
                mlflow.artifacts.download_artifacts(source, dst_path=folder, tracking_uri=self._client.tracking_uri)
            )
        except NotFetched:
            raise
        except Exception as error:
            # Whatever a store of artifacts may raise: it is this version's failure, and no other's.
            log.warning("the artifacts of %s cannot be fetched: %s", source, _first_line(error))
            raise NotFetched(f"its artifacts cannot be fetched ({type(error).__name__})") from error

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


def _registered(model: entities.RegisteredModel) -> RegisteredModel:
    revision = (model.creation_timestamp or 0, model.last_updated_timestamp or 0)
    return RegisteredModel({alias: int(version) for alias, version in model.aliases.items()}, revision)


def _local(source: str, tracking_uri: str) -> Path | None:
    """The folder of artifacts that are on this machine; None where they are elsewhere."""
    repository = get_artifact_repository(source, tracking_uri=tracking_uri)
    repository = getattr(repository, "repo", repository)
    return Path(repository.artifact_dir) if isinstance(repository, LocalArtifactRepository) else None


def _require_files(folder: Path) -> None:
    """Raises NotFetched unless there are plain files of no more than a size: a pipe never ends, and a link may lead
    anywhere.
    """
    if not folder.is_dir():
        raise NotFetched("its artifacts are not there")
    size = 0
    for path in folder.rglob("*"):
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            raise NotFetched(f"its artifact {path.name!r} is no plain file")
        size += state.st_size
    if size > _MOST_BYTES:
        raise NotFetched(f"its artifacts are larger than {_MOST_BYTES:,} bytes")


@contextmanager
def _answering(missing: str = "no such model is registered") -> Iterator[None]:
    try:
        yield
    except MlflowException as error:
        if error.error_code in _NOT_THERE:
            raise UnknownModel(missing) from error
        raise RegistryDown(_first_line(error)) from error
    except (SQLAlchemyError, OSError) as error:
        raise RegistryDown(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
