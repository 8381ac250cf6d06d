"""Follows the registry while the service runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from anyio import to_thread

from serving.registry import Registry

log = logging.getLogger("derivable.serving")


class Follower:
    """Refreshes a registry every few seconds, and at once when it is woken."""

    def __init__(self, registry: Registry, seconds: float):
        self._registry, self._seconds = registry, seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something has changed."""
        self._woken.set()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Read the registry, then follow it to the end of the block."""
        await self._refresh()
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._seconds)
            self._woken.clear()
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            # A registry that hangs does not keep the service from ending.
            await to_thread.run_sync(self._registry.refresh, abandon_on_cancel=True)
        except Exception:
            # A bug, or a store in a state that nobody thought of: what is loaded goes on answering.
            log.exception("following the registry failed; trying again")
