"""The models that are served: the versions that have the alias, followed as the alias moves."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from serving.classifiers import Classifier
from serving.errors import NotReady, RefusedModel, UnknownModel
from serving.loading import ServedModel, load
from serving.models import Function, Version

log = logging.getLogger("derivable.serving")


class Registry:
    """Holds the loaded models. A refresh replaces them one by one; whoever holds one keeps it to the end."""

    def __init__(self, tracking_uri: str | None, alias: str):
        self._client = MlflowClient(tracking_uri)
        self._alias = alias
        self._models: dict[str, ServedModel] = {}
        self._refused: dict[Version, str] = {}
        self._problem = "the registry has not been read yet"

    def function(self, name: str) -> Function:
        """The served function of that name.

        Raises:
            UnknownModel: there is none.
        """
        if not isinstance(model := self._models.get(name), Function):
            raise UnknownModel(f"no function {name!r} is served; GET /models lists those that are")
        return model

    def classifier(self, name: str) -> Classifier:
        """The served classifier of that name.

        Raises:
            UnknownModel: there is none.
        """
        if not isinstance(model := self._models.get(name), Classifier):
            raise UnknownModel(f"no classifier {name!r} is served; GET /models lists those that are")
        return model

    def models(self) -> list[ServedModel]:
        """All that are served, by name."""
        return [self._models[name] for name in sorted(self._models)]

    def require_ready(self) -> None:
        """Raises NotReady, with the reason, while there is nothing to serve."""
        if not self._models:
            raise NotReady(self._problem)

    def refresh(self) -> None:
        """Follow the registry: load what is new, drop what has lost the alias. While it is down, all stays as it is."""
        try:
            wanted = self._wanted()
        except (MlflowException, SQLAlchemyError) as error:
            self._problem = f"the model registry does not answer: {_first_line(error)}"
            log.warning(self._problem)
            return
        for version in wanted:
            self._follow(version)
        self._refused = {version: why for version, why in self._refused.items() if version in wanted}
        kept = {version.name for version in wanted}
        self._models = {name: model for name, model in self._models.items() if name in kept}
        self._problem = self._why_empty()

    def _wanted(self) -> list[Version]:
        models: list[RegisteredModel] = []
        token = None
        while True:
            page = self._client.search_registered_models(page_token=token)
            models += page
            token = page.token
            if not token:
                break
        versions = []
        for model in models:
            if number := model.aliases.get(self._alias):
                run_id = self._client.get_model_version(model.name, number).run_id
                versions.append(Version(model.name, int(number), self._alias, run_id or ""))
        return versions

    def _follow(self, version: Version) -> None:
        loaded = self._models.get(version.name)
        if (loaded and loaded.version == version) or version in self._refused:
            return
        try:
            model = self._load(version)
        except RefusedModel as error:
            self._refused[version] = str(error)
            log.warning("%s version %d is refused: %s", version.name, version.version, error)
        except (MlflowException, SQLAlchemyError, OSError) as error:
            log.warning("%s version %d could not be fetched: %s", version.name, version.version, _first_line(error))
        else:
            self._models[version.name] = model
            log.info("%s version %d is served", version.name, version.version)

    def _load(self, version: Version) -> ServedModel:
        source = self._client.get_model_version_download_uri(version.name, str(version.version))
        with TemporaryDirectory(prefix="derivable-") as folder:
            path = mlflow.artifacts.download_artifacts(source, dst_path=folder, tracking_uri=self._client.tracking_uri)
            return load(Path(path), version)

    def _why_empty(self) -> str:
        if self._refused:
            return "; ".join(
                f"{refused.name} version {refused.version}: {why}" for refused, why in self._refused.items()
            )
        return f"no registered model has the alias {self._alias!r} yet: fit a function first"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
