"""Few points that several clients ask for in the same turn of the event loop are evaluated together.

A run of a graph has its cost, which is most of that of a point. What each client is answered does not depend on the
others, to the bit (serving.models.graphs).
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np

from serving.arrays import Array
from serving.models.pieces import AnyValues, part


class _Group(NamedTuple):
    """What is asked of the same function, and who waits for it."""

    values_of: Callable[[Array], Any]
    waiting: list[tuple[Array, asyncio.Future[Any]]]


class Gathering:
    """The questions of one turn of the event loop."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}

    async def values(self, key: Hashable, values_of: Callable[[Array], AnyValues], x: Array) -> AnyValues:
        """What values_of says of the points x (n, …), in a run with those of all who ask under the same key."""
        loop = asyncio.get_running_loop()
        if (group := self._groups.get(key)) is None:
            group = self._groups[key] = _Group(values_of, [])
            loop.call_soon(self._evaluate, key)
        answer: asyncio.Future[AnyValues] = loop.create_future()
        group.waiting.append((x, answer))
        return await answer

    def _evaluate(self, key: Hashable) -> None:
        values_of, everyone = self._groups.pop(key)
        # Some may have gone away.
        if not (waiting := [(x, answer) for x, answer in everyone if not answer.done()]):
            return
        try:
            found = values_of(np.concatenate([x for x, _ in waiting]))
        except Exception as error:
            for _, answer in waiting:
                answer.set_exception(error)
            return
        start = 0
        for x, answer in waiting:
            answer.set_result(part(found, slice(start, start := start + len(x))))
