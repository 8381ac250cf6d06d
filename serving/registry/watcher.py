"""Watches the registry while the service runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from anyio import to_thread

from serving.registry.catalog import Catalog

log = logging.getLogger("derivable.serving")

# The service waits so long for the registry to say what there is before it listens; never for what is being loaded.
_FIRST_SECONDS = 5.0


class Watcher:
    """Has a catalog look at its registry every few seconds, and at once when it is woken."""

    def __init__(self, catalog: Catalog, seconds: float):
        self._registry, self._seconds = catalog, seconds
        self._woken = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look now: something has changed."""
        self._woken.set()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Read the registry, then watch it to the end of the block."""
        self._looking = asyncio.create_task(self._look())
        await asyncio.wait([self._looking], timeout=_FIRST_SECONDS)
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            for each in (task, self._looking):
                each.cancel()
                with suppress(asyncio.CancelledError):
                    await each

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._seconds)
            self._woken.clear()
            # A registry that hangs is asked once, and its age is told meanwhile.
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            self._registry.tell_age()

    async def _look(self) -> None:
        try:
            # A registry that hangs does not keep the service from ending.
            await to_thread.run_sync(self._registry.look, abandon_on_cancel=True)
        except Exception:
            # A bug, or a store in a state that nobody thought of: what is loaded goes on answering.
            log.exception("following the registry failed; trying again")
