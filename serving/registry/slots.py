"""One version of a model, as it is loaded: a failure of it is its own, has a reason, and is tried again.

A try has a thread to itself, which keeps nothing else waiting and ends with the process, whatever the try does.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from threading import BoundedSemaphore, Thread
from typing import Literal

from serving.errors import NotReady, RefusedModel, UnknownModel
from serving.models.loading import ServedModel
from serving.models.logged_model import Version
from serving.registry.registry_client import NotFetched, RegistryClient, RegistryDown, Revision
from serving.runtime import allocator

log = logging.getLogger("derivable.serving")

State = Literal["loading", "served", "refused", "unavailable"]

SILENT = "the model registry does not answer"
# Pauses between tries grow from the first to the last.
_FIRST_PAUSE, _LAST_PAUSE = 1.0, 300.0
# So many versions are loaded at a time; one that hangs keeps its place for so many seconds only.
_AT_ONCE, _PATIENCE = 2, 30.0
_places = BoundedSemaphore(_AT_ONCE)


class Slot:
    """A version of a model, to be had by its number."""

    def __init__(self, client: RegistryClient, name: str, number: int):
        self.name, self.number = name, number
        self.state: State = "loading"
        self.reason = "it is being loaded"
        self.version = Version(name, number, None, "")
        # When the first try began.
        self.since = time.monotonic()
        self._client = client
        self._model: ServedModel | None = None
        self._by_alias: dict[str | None, ServedModel] = {}
        # The registered model's revision when this version was last found to be what it was.
        self._revision: Revision | None = None
        self._failures, self._next = 0, 0.0
        self._trying: Future[None] | None = None

    def is_current(self, revision: Revision) -> bool:
        """Whether nothing in the registered model has changed since the version was looked at."""
        return self.state in ("served", "refused") and self._revision == revision

    def model(self, alias: str | None) -> ServedModel:
        """The model, under the alias that it was asked for.

        Raises:
            UnknownModel, RefusedModel, NotReady: it is not served; says why.
        """
        if self._model is None:
            raise self._problem()
        if alias not in self._by_alias:
            self._by_alias[alias] = replace(self._model, version=replace(self._model.version, alias=alias))
        return self._by_alias[alias]

    def _problem(self) -> Exception:
        if self.state == "refused":
            return RefusedModel(f"{self.name} version {self.number}: {self.reason}")
        if self.reason == SILENT:
            return NotReady(SILENT)
        if self.is_gone:
            return UnknownModel(self.reason)
        return NotReady(f"{self.name} version {self.number}: {self.reason}")

    @property
    def _gone(self) -> str:
        return f"{self.name} has no version {self.number}"

    @property
    def trying(self) -> "Future[None] | None":
        """The try that is under way."""
        return self._trying

    @property
    def is_gone(self) -> bool:
        """Whether the registry has no such version."""
        return self.reason == self._gone

    def begin(self, revision: Revision, then: Callable[["Slot"], None]) -> "Future[None] | None":
        """Look at it, or load it, unless it failed a moment ago; the try that is under way, if there is one.

        Args:
            revision: the registered model's, as it was listed.
            then: is called with the slot after the try, in its thread.
        """
        if self._trying is None and time.monotonic() >= self._next:
            self._trying = Future()
            Thread(target=self._try, args=(revision, then, self._trying), daemon=True).start()
        return self._trying

    def _try(self, revision: Revision, then: Callable[["Slot"], None], done: "Future[None]") -> None:
        has_place = _places.acquire(timeout=_PATIENCE)
        try:
            self._look(revision)
            self._revision, self._failures, self._next = revision, 0, 0.0
        except Exception as error:
            self._fail(error)
        finally:
            if has_place:
                _places.release()
            self._trying = None
            then(self)
            done.set_result(None)

    def _look(self, revision: Revision) -> None:
        """Load it, unless it is what it was."""
        version = self._client.version(self.name, self.number)
        if self.state in ("served", "refused") and version.is_same(self.version):
            return
        self.version = version
        try:
            model = self._client.load(version)
        except RefusedModel as error:
            self._is_now("refused", str(error), None)
            return
        finally:
            allocator.give_back()
        if not self._client.version(self.name, self.number).is_same(version):
            raise NotFetched("it was replaced while it was fetched")
        self._is_now("served", "", model)

    def _fail(self, error: Exception) -> None:
        self._failures += 1
        self._next = time.monotonic() + min(_FIRST_PAUSE * 2 ** (self._failures - 1), _LAST_PAUSE)
        if isinstance(error, UnknownModel):
            self._is_now("unavailable", self._gone, None)
        elif isinstance(error, RegistryDown):
            log.warning("%s version %d: %s: %s", self.name, self.number, SILENT, error)
            if self._model is None:
                self._is_now("unavailable", SILENT, None)
        else:
            if not isinstance(error, NotFetched):
                log.error("loading failed as nobody thought of", exc_info=error)
            self._is_now("unavailable", str(error) if isinstance(error, NotFetched) else "it cannot be loaded", None)

    def _is_now(self, state: State, reason: str, model: ServedModel | None) -> None:
        told = (state, reason)
        if told != (self.state, self.reason):
            level = logging.INFO if state == "served" else logging.WARNING
            extra = {"model": self.name, "version": self.number}
            log.log(level, "%s version %d is %s", self.name, self.number, ": ".join(filter(None, told)), extra=extra)
        self._model, self._by_alias = model, {}
        self.state, self.reason = told
