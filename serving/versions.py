"""Versions other than the served ones, loaded when a request names them; the least recently named are let go."""

import asyncio
from collections import OrderedDict

from starlette.concurrency import run_in_threadpool

from serving.errors import RefusedModel
from serving.loading import ServedModel
from serving.metrics import CACHED
from serving.store import Store

_Key = tuple[str, int, str | None]


class Versions:
    """A bounded cache. One version is loaded at a time, and who asks for it meanwhile waits for it."""

    def __init__(self, store: Store, most: int):
        self._store, self._most = store, most
        self._loaded: OrderedDict[_Key, ServedModel | RefusedModel] = OrderedDict()
        self._loading = asyncio.Lock()

    async def get(self, name: str, number: int, alias: str | None) -> ServedModel:
        """A version, by the alias that it was asked for, if any.

        Raises:
            UnknownModel: there is no such version.
            RefusedModel: it can not be served.
            StoreDown: it is not loaded, and the registry does not answer.
        """
        key = (name, number, alias)
        if key not in self._loaded:
            async with self._loading:
                if key not in self._loaded:
                    self._keep(key, await run_in_threadpool(self._load, name, number, alias))
        self._loaded.move_to_end(key)
        found = self._loaded[key]
        if isinstance(found, RefusedModel):
            raise RefusedModel(str(found))
        return found

    def _keep(self, key: _Key, found: ServedModel | RefusedModel) -> None:
        self._loaded[key] = found
        while len(self._loaded) > self._most:
            self._loaded.popitem(last=False)
        CACHED.set(len(self._loaded))

    def _load(self, name: str, number: int, alias: str | None) -> ServedModel | RefusedModel:
        version = self._store.version(name, number, alias)
        try:
            return self._store.load(version)
        except RefusedModel as error:
            # Kept as well, so that it is not fetched for each request.
            return RefusedModel(f"{name} version {number}: {error}")
