"""The head of an answer and the beginning of its body leave in one packet.

uvicorn writes them one after the other, and each write is a system call of 20 µs and a packet that wakes the client.
"""

import asyncio


class JoinedWrites:
    """A connection as one answer sees it: what it writes first waits for the next, at most to the end of the turn."""

    __slots__ = ("_held", "_is_first", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop):
        self._transport, self._loop = transport, loop
        self._held, self._is_first = b"", True

    def write(self, data: bytes) -> None:
        if self._held:
            self._held, data = b"", self._held + data
        elif self._is_first:
            self._held, self._is_first = data, False
            self._loop.call_soon(self._flush)
            return
        self._transport.write(data)

    def _flush(self) -> None:
        if self._held:
            self.write(b"")

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()
