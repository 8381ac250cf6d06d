"""The models that are served: the versions that have the alias, followed as the alias moves."""

import logging
import time

from serving.classifiers import Classifier
from serving.errors import NotReady, RefusedModel, UnknownModel
from serving.loading import ServedModel
from serving.metrics import LOADED, REFUSED, STALE
from serving.models import Function, Version
from serving.schemas import Choice
from serving.store import Aliases, Listed, Store, StoreDown
from serving.versions import Versions

log = logging.getLogger("derivable.serving")

_SILENT = "the model registry does not answer"


class Registry:
    """Holds the loaded models. A refresh replaces them one by one; whoever holds one keeps it to the end."""

    def __init__(self, tracking_uri: str | None, alias: str, max_versions: int = 8):
        self._store = Store(tracking_uri)
        self._alias = alias
        self._models: dict[str, ServedModel] = {}
        self._refused: dict[Version, str] = {}
        self._aliases: Aliases = {}
        self._named = Versions(self._store, max_versions)
        self._answered: float | None = None
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

    def model(self, name: str) -> ServedModel:
        """The served model of that name, of any kind.

        Raises:
            UnknownModel: there is none.
        """
        try:
            return self._models[name]
        except KeyError:
            raise UnknownModel(f"no model {name!r} is served; GET /models lists those that are") from None

    async def find(self, name: str, choice: Choice) -> ServedModel | None:
        """The model that is served under a name, None if there is none; or the version of it that a request chooses.

        Raises:
            UnknownModel: there is no such version, or no such alias.
            RefusedModel: it can not be served.
            NotReady: it is not loaded, and the registry does not answer.
        """
        served = self._models.get(name)
        if served is None and self._answered is None:
            raise NotReady(self._problem)
        if choice.alias is None and choice.version is None:
            if served is None and self._alias in self._aliases.get(name, {}):
                self._require_sound(name, self._aliases[name][self._alias])
            return served
        number, alias = self._number(name, choice), choice.alias
        if served and served.version.version == number and alias in (None, self._alias):
            return served
        self._require_sound(name, number)
        try:
            return await self._named.get(name, number, alias)
        except StoreDown as error:
            log.warning("%s version %d could not be fetched: %s", name, number, error)
            raise NotReady(_SILENT) from error

    def _number(self, name: str, choice: Choice) -> int:
        """The number of the version that a request chooses."""
        if (aliases := self._aliases.get(name)) is None:
            raise UnknownModel(f"no model {name!r} is registered; GET /models lists those that are served")
        if choice.version is not None:
            return choice.version
        if choice.alias not in aliases:
            known = f"it has {', '.join(map(repr, sorted(aliases)))}" if aliases else "it has none"
            raise UnknownModel(f"no version of {name!r} has the alias {choice.alias!r}; {known}")
        return aliases[choice.alias]

    def _require_sound(self, name: str, number: int) -> None:
        """Raises RefusedModel, with the reason, for a version that got the alias and can not be served."""
        for version, reason in self._refused.items():
            if (version.name, version.version) == (name, number):
                raise RefusedModel(f"{name} version {number}: {reason}")

    def models(self) -> list[ServedModel]:
        """All that are served, by name."""
        return [self._models[name] for name in sorted(self._models)]

    def refused(self) -> list[tuple[Version, str]]:
        """The versions that have the alias and can not be served, with the reasons."""
        return sorted(self._refused.items(), key=lambda entry: entry[0].name)

    def versions(self, name: str) -> list[Listed]:
        """The versions of a registered model, newest first; asks the registry.

        Raises:
            UnknownModel: there is no such model.
            NotReady: the registry does not answer.
        """
        try:
            return self._store.versions(name)
        except StoreDown as error:
            log.warning("the versions of %s could not be listed: %s", name, error)
            raise NotReady(_SILENT) from error

    def require_ready(self) -> None:
        """Raises NotReady, with the reason, while there is nothing to serve."""
        if not self._models:
            raise NotReady(self._problem)

    def refresh(self) -> None:
        """Follow the registry: load what is new, drop what has lost the alias. While it is down, all stays as it is."""
        try:
            aliases = self._store.aliases()
            self._aliases = aliases
            wanted = {name: of[self._alias] for name, of in aliases.items() if self._alias in of}
            for name, number in wanted.items():
                self._follow(name, number)
        except StoreDown as error:
            self._stale(str(error))
            return
        self._drop(wanted)
        self._answered = time.monotonic()
        self._problem = self._why_empty()
        STALE.set(0)
        REFUSED.set(len(self._refused))

    def _stale(self, reason: str) -> None:
        seconds = round(time.monotonic() - self._answered, 1) if self._answered else None
        self._problem = _SILENT
        STALE.set(seconds or 0)
        log.warning("%s: %s", _SILENT, reason, extra={"stale_seconds": seconds})

    def _drop(self, wanted: dict[str, int]) -> None:
        """Let go of what has lost the alias."""
        self._refused = {v: why for v, why in self._refused.items() if wanted.get(v.name) == v.version}
        for name in self._models.keys() - wanted.keys():
            LOADED.labels(name).set(0)
        self._models = {name: model for name, model in self._models.items() if name in wanted}

    def _follow(self, name: str, number: int) -> None:
        """Load a version beside the one before it; only when it answers as it should does it take its place."""
        loaded = self._models.get(name)
        if (loaded and loaded.version.version == number) or self._is_refused(name, number):
            return
        try:
            version = self._store.version(name, number, self._alias)
            model = self._load(version)
        except UnknownModel:
            log.warning("%s version %d is gone", name, number)
            return
        if model is not None:
            self._models[name] = model
            LOADED.labels(name).set(number)
            log.info("%s version %d is served", name, number, extra={"model": name, "version": number})

    def _load(self, version: Version) -> ServedModel | None:
        try:
            return self._store.load(version)
        except RefusedModel as error:
            self._refused[version] = str(error)
            log.warning("%s version %d is refused: %s", version.name, version.version, error)
            return None

    def _is_refused(self, name: str, number: int) -> bool:
        return any((version.name, version.version) == (name, number) for version in self._refused)

    def _why_empty(self) -> str:
        if self._refused:
            return "; ".join(f"{v.name} version {v.version}: {why}" for v, why in self.refused())
        return f"no registered model has the alias {self._alias!r} yet: fit a function first"
