"""The models that are served: the versions that have the alias, followed as the alias moves, each by itself."""

import asyncio
import logging
import time
from collections import OrderedDict
from threading import RLock

from serving.errors import NotReady, UnknownModel
from serving.models.functions import Function
from serving.models.loading import ServedModel
from serving.observability.metrics import CACHED, LOADED, REFUSED, STALE, STATE
from serving.registry.registry_client import ListedVersion, RegisteredModel, RegistryClient, RegistryDown, Revision
from serving.registry.slots import SILENT, Slot

log = logging.getLogger("derivable.serving")

_STATES = ("loading", "served", "refused", "unavailable")
# A model that is being loaded for the first time keeps the service from being ready for so long.
_FIRST_SECONDS = 10.0
# A whole load may take.
_LOAD_SECONDS = 60.0
# A request waits for so long until a version that is loaded is found to be what it was.
_LOOK_SECONDS = 5.0


class Catalog:
    """Holds the loaded models. A new version takes the place of the one before it when it has been loaded and checked;
    whoever holds one keeps it to the end.
    """

    def __init__(self, tracking_uri: str | None, alias: str, max_versions: int = 8):
        self._client = RegistryClient(tracking_uri)
        self._alias, self._max_versions = alias, max_versions
        self._registered: dict[str, RegisteredModel] = {}
        # What has the alias, and what is served, by name: the version before while a new one is loaded, or cannot be.
        self._wanted: dict[str, Slot] = {}
        self._serving: dict[str, Slot] = {}
        # Other versions, loaded when a request names them; the least recently named are let go.
        self._named: OrderedDict[tuple[str, int], Slot] = OrderedDict()
        self._lock = RLock()
        self._answered: float | None = None
        self._asked = time.monotonic()
        self._silent = False

    def function(self, name: str) -> Function:
        """The served function of that name.

        Raises:
            UnknownModel: there is none.
        """
        model = self._served(name)
        if not isinstance(model, Function):
            raise UnknownModel(f"no function {name!r} is served; GET /models lists those that are")
        return model

    def _served(self, name: str) -> ServedModel | None:
        return slot.model(self._alias) if (slot := self._serving.get(name)) else None

    async def find(self, name: str, version: int | None = None, alias: str | None = None) -> ServedModel | None:
        """The model that is served under a name, None if there is none; or another version, by its number or alias.

        Raises:
            UnknownModel: there is no such version, or no such alias.
            RefusedModel: it cannot be served.
            NotReady: it cannot be loaded now; says why.
        """
        is_served_one = version is None and alias is None
        if is_served_one and (served := self._serving.get(name)):
            return served.model(self._alias)
        if self._answered is None:
            raise NotReady(self._problem())
        if is_served_one:
            wanted = self._wanted.get(name)
            return await self._loaded(wanted, self._alias) if wanted else None
        number = self._number(name, version, alias)
        return await self._loaded(self._slot(name, number), alias or self._usual_alias(name, number))

    async def _loaded(self, slot: Slot, alias: str | None) -> ServedModel:
        """A version when it has been loaded, and found to be what it was where the registered model has changed."""
        if self._silent and slot.state in ("loading", "unavailable"):
            raise NotReady(SILENT)
        registered = self._registered.get(slot.name)
        if registered and not self._silent and not slot.is_current(registered.revision):
            if trying := slot.begin(registered.revision, self._done):
                # A registry that falls silent in the middle of it keeps nobody from what is there.
                patience = _LOOK_SECONDS if slot.state == "served" else None
                await asyncio.wait({asyncio.wrap_future(trying)}, timeout=patience)
            self._let_go(slot)
        return slot.model(alias)

    def _let_go(self, slot: Slot) -> None:
        """Keep so many of the named versions, and none that is not there."""
        with self._lock:
            if slot.is_gone:
                self._named.pop((slot.name, slot.number), None)
            while len(self._named) > self._max_versions:
                self._named.popitem(last=False)
            CACHED.set(len(self._named))

    def _usual_alias(self, name: str, number: int) -> str | None:
        """The alias that is served, of a version that has it."""
        return self._alias if self._registered[name].aliases.get(self._alias) == number else None

    def _number(self, name: str, version: int | None, alias: str | None) -> int:
        """The number of the version that is named by its number or alias."""
        if (registered := self._registered.get(name)) is None:
            raise UnknownModel(f"no model {name!r} is registered; GET /models lists those that are served")
        if version is not None:
            return version
        aliases = registered.aliases
        if alias is None or alias not in aliases:
            known = f"it has {', '.join(map(repr, sorted(aliases)))}" if aliases else "it has none"
            raise UnknownModel(f"no version of {name!r} has the alias {alias!r}; {known}")
        return aliases[alias]

    def _slot(self, name: str, number: int) -> Slot:
        """The version of that number; kept, as one of so many."""
        with self._lock:
            for slot in (self._serving.get(name), self._wanted.get(name)):
                if slot and slot.number == number:
                    return slot
            slot = self._named.setdefault((name, number), Slot(self._client, name, number))
            self._named.move_to_end((name, number))
            return slot

    def models(self) -> list[ServedModel]:
        """All that are served, by name."""
        return [slot.model(self._alias) for _, slot in sorted(self._serving.items())]

    def others(self) -> list[Slot]:
        """The versions that have the alias and are not served, with their states and reasons."""
        return [slot for _, slot in sorted(self._wanted.items()) if slot.state != "served"]

    def versions(self, name: str) -> list[ListedVersion]:
        """The versions of a registered model, newest first; asks the registry.

        Raises:
            UnknownModel: there is no such model.
            NotReady: the registry does not answer.
        """
        try:
            return self._client.versions(name)
        except RegistryDown as error:
            log.warning("the versions of %s could not be listed: %s", name, error)
            raise NotReady(SILENT) from error

    def require_ready(self) -> None:
        """Raises NotReady, with the reason, while there is nothing to serve, or more is about to be."""
        now = time.monotonic()
        beginning = [
            slot
            for name, slot in self._wanted.items()
            if slot.state == "loading" and name not in self._serving and now - slot.since < _FIRST_SECONDS
        ]
        if beginning or not self._serving:
            raise NotReady(self._problem())

    def refresh(self) -> None:
        """Follow the registry, and wait until what is new has been loaded or has failed."""
        self.look()
        for trying in filter(None, [slot.trying for slot in self._wanted.values()]):
            trying.result(_LOAD_SECONDS)

    def look(self) -> None:
        """See what the registry has: begin to load what is new, drop what has lost the alias.

        While the registry is down, all stays as it is.
        """
        self._asked = time.monotonic()
        try:
            registered = self._client.models()
        except RegistryDown as error:
            self._silent = True
            self.tell_age()
            log.warning("%s: %s", SILENT, error, extra={"stale_seconds": self._stale_seconds()})
            return
        with self._lock:
            self._silent, self._registered = False, registered
            self._follow({name: model for name, model in registered.items() if self._alias in model.aliases})
            self._answered = time.monotonic()
        self.tell_age()
        self._tell_states()

    def _follow(self, registered: dict[str, RegisteredModel]) -> None:
        for name in (self._wanted.keys() | self._serving.keys()) - registered.keys():
            self._wanted.pop(name, None)
            if self._serving.pop(name, None):
                LOADED.labels(name).set(0)
            for state in _STATES:
                STATE.labels(name, state).set(0)
        for key in [key for key in self._named if key[0] not in self._registered]:
            del self._named[key]
        for name, model in registered.items():
            self._want(name, model.aliases[self._alias], model.revision)

    def _want(self, name: str, number: int, revision: Revision) -> None:
        if (before := self._wanted.get(name)) is None or before.number != number:
            slot = self._slot(name, number)
            self._named.pop((name, number), None)
            self._wanted[name] = slot
            if before and before.state in ("served", "loading"):
                # It is often named next, or gets the alias back: one that moves faster than anything is loaded would
                # otherwise keep all from being served.
                self._named[name, before.number] = before
                self._let_go(before)
        slot = self._wanted[name]
        self._serve(slot)
        if not slot.is_current(revision):
            slot.begin(revision, self._done)

    def _done(self, slot: Slot) -> None:
        """A try has ended."""
        with self._lock:
            self._serve(slot)
            self._tell_states()

    def _serve(self, slot: Slot) -> None:
        """Serve a version if it is wanted and sound; what is no more what it was is served no more."""
        name = slot.name
        if self._wanted.get(name) is slot and slot.state == "served":
            self._serving[name] = slot
            LOADED.labels(name).set(slot.number)
        elif self._serving.get(name) is slot and slot.state != "served":
            del self._serving[name]
            LOADED.labels(name).set(0)

    def _tell_states(self) -> None:
        wanted = dict(self._wanted)
        for name, slot in wanted.items():
            for state in _STATES:
                STATE.labels(name, state).set(slot.state == state)
        REFUSED.set(sum(slot.state == "refused" for slot in wanted.values()))

    def tell_age(self) -> None:
        """Say for how long the registry has not answered, be it that it fails or that it is still being asked."""
        STALE.set(self._stale_seconds() or 0)

    def _stale_seconds(self) -> float | None:
        """Since the registry last answered; None if it did when it was last asked, or never did."""
        if self._answered is None or self._answered >= self._asked:
            return None
        return round(time.monotonic() - self._answered, 1)

    def _problem(self) -> str:
        if self._silent:
            return SILENT
        if self._answered is None:
            return "the registry has not been read yet"
        if others := self.others():
            return "; ".join(f"{slot.name} version {slot.number}: {slot.reason}" for slot in others)
        return f"no registered model has the alias {self._alias!r} yet: fit a function first"
