"""HTTP as uvicorn speaks it, with limits on what is not a request yet, or not any more.

uvicorn waits without end for a connection's first request, for the rest of a head however long, and for a client that
does not read the last of an answer. One timer looks after all connections of a process.
"""

import asyncio
import heapq
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from serving.runtime.joined_writes import JoinedWrites

# The most that a request line and its headers have: a thousand points with all their digits.
HEAD_BYTES = 32_768
# The time from the connection, or from the last request's answer, to the end of a head; and for a client to take the
# last of an answer. A connection without a request in progress is closed sooner, by uvicorn (timeout_keep_alive).
HEAD_SECONDS = 10.0
# Beyond it those that have been idle longest are closed: so many at a time that not each newcomer looks at all.
CONNECTIONS = 2_048
_CLOSED_AT_ONCE = 64
_WATCHED_SECONDS = 1.0


class Protocol(HttpToolsProtocol):
    """A connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ):
        super().__init__(config, server_state, app_state, _loop)
        # Bytes of the head that is being received, and of the last piece of anything.
        self._received = self._chunk = 0
        # Since when a head is awaited, None while there is a request; and since when the connection is as good as over.
        self._awaited: float | None = self.loop.time()
        self._over: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            _make_room(self.connections)
        if self.server_state not in _watched:
            _watched.add(self.server_state)
            self.loop.call_later(_WATCHED_SECONDS, _watch, self.server_state, self.loop)

    def data_received(self, data: bytes) -> None:
        self._chunk = len(data)
        self._received += self._chunk
        super().data_received(data)
        if self._awaited is not None and self._received > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        # What came with the end of the message before it is not counted.
        self._awaited, self._received = self.loop.time(), 0

    def on_headers_complete(self) -> None:
        self._awaited = None
        # What is small needs no closer look.
        if self._received + self._chunk > HEAD_BYTES and self._head_bytes() > HEAD_BYTES:
            self._refuse(431)
        else:
            before = self.cycle
            super().on_headers_complete()
            # Not begun yet. None where uvicorn has refused it.
            if self.cycle is not None and self.cycle is not before:
                self.cycle.transport = JoinedWrites(self.transport, self.loop)  # type: ignore[assignment]

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def is_over(self) -> bool:
        """Whether all has been said, and only the client keeps the connection: it does not read, or does not stop."""
        return self.transport.is_closing() or (
            self.cycle is not None and self.cycle.response_complete and self.cycle.more_body
        )

    def look(self, now: float) -> None:
        """End what takes too long."""
        if self.is_over:
            self._over = self._over or now
            if now - self._over > HEAD_SECONDS:
                self.transport.abort()
        elif self._awaited is not None and now - self._awaited > HEAD_SECONDS and self.is_idle:
            self._refuse(408) if self._received else self.transport.close()
        else:
            self._over = None

    def _refuse(self, status: int) -> None:
        said = b"content-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + said)
        self.transport.close()


# Whose connections are looked after.
_watched: set[ServerState] = set()


def _watch(server: ServerState, loop: asyncio.AbstractEventLoop) -> None:
    """Look at all connections, and again as long as there are any."""
    now = loop.time()
    for connection in list(server.connections):
        if isinstance(connection, Protocol):
            connection.look(now)
    if server.connections:
        loop.call_later(_WATCHED_SECONDS, _watch, server, loop)
    else:
        _watched.discard(server)


def _make_room(connections: set[Any]) -> None:
    """Close the connections that have waited longest for a request, and forget them before they know it."""
    waiting = [one for one in connections if isinstance(one, Protocol) and one.is_idle]
    for one in heapq.nsmallest(_CLOSED_AT_ONCE, waiting, key=lambda one: one._awaited or 0.0):
        one.transport.abort()
        connections.discard(one)
