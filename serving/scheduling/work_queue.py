"""Where work is done that would keep the event loop from others: one piece at a time, in the order of asking.

A worker is one core's. More threads would compute no faster and hold more memory at once, and the event loop would
have a smaller part of the core. Who has much to do asks for piece after piece, so that others have their turn between.
Of those who have very much to do, a few take turns and the others wait for one of them to end: if all took turns, all
would end at the same time, and too late where that is later than a request may take.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import cached_property, partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from serving.scheduling.gathering import Gathering

# Work of more pieces is very much, about a tenth of a second; so many requests do such work by turns.
_MANY_PIECES = 20
_LONG_AT_ONCE = 2

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class WorkQueue:
    """Admits one piece of work at a time; what is too short to be admitted is gathered."""

    def __init__(self) -> None:
        self.gathering = Gathering()

    @cached_property
    def _limiter(self) -> CapacityLimiter:
        return CapacityLimiter(1)

    @cached_property
    def _lock(self) -> asyncio.Lock:
        return asyncio.Lock()

    @cached_property
    def _long(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(_LONG_AT_ONCE)

    def admission(self, pieces: int) -> AbstractAsyncContextManager[object]:
        """Admit a request to the turns for so many pieces of work."""
        return self._long if pieces > _MANY_PIECES else nullcontext()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Admit a piece that is too short for a thread; each turn of the event loop has one."""
        async with self._lock:
            yield
            await asyncio.sleep(0)

    async def run(
        self, work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Do a piece in a thread, after the pieces that were asked for before it."""
        return await to_thread.run_sync(partial(work, *arguments, **named), limiter=self._limiter)
