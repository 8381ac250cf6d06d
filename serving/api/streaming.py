"""Answers that are produced as they are read: who reads slowly holds numbers, and not their text."""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import chain

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.http.headers import header
from serving.scheduling.memory_budget import share_of
from serving.scheduling.work_queue import WorkQueue

# Shorter pieces are sent together: each write and each compressed block has its cost.
_SHORTEST = 32_768
# What compressing an answer takes (zlib's window, hash tables and buffers), rounded up.
_COMPRESSOR = 1 << 18


class StreamedResponse(Response):
    """An answer in pieces, each of which is made when the one before it is on its way.

    Args:
        pieces: of the body; other requests have their turn between them.
        media_type: of the whole.
        headers: beside those of the content.
        length: of all pieces, if it is known.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        media_type: str,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ):
        super().__init__(None, 200, headers, media_type)
        self._pieces = pieces
        self.raw_headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        if length is not None:
            self.raw_headers.append((b"content-length", b"%d" % length))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        share_of(scope).hold(_COMPRESSOR if "gzip" in header(scope, b"accept-encoding") else 0)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        pieces = _gathered(self._pieces)
        await send({"type": "http.response.body", "body": next(pieces, b""), "more_body": True})
        if (second := next(pieces, None)) is not None:
            await _send_rest(chain([second], pieces), scope["app"].state.work_queue, receive, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_rest(pieces: Iterator[bytes], queue: WorkQueue, receive: Receive, send: Send) -> None:
    """Send pieces as long as the client is there: all that it can still send is that it has gone."""
    gone = asyncio.ensure_future(receive())
    try:
        while not gone.done():
            async with queue.turn():
                piece = next(pieces, None)
            if piece is None:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        if (size := size + len(piece)) >= _SHORTEST:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
