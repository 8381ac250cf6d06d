"""Reads the body of a request, compressed or not, within its limit."""

import zlib

from fastapi import Request
from starlette.requests import ClientDisconnect

from serving.api.dependencies import work_queue_of
from serving.errors import TooLarge, UnknownEncoding
from serving.http.headers import header
from serving.scheduling.memory_budget import share_of

_GZIP = 16 + zlib.MAX_WBITS
_ENCODINGS = {"gzip": _GZIP, "deflate": zlib.MAX_WBITS}


async def read(request: Request) -> bytes:
    """The body; decompressed, if its Content-Encoding says that it is not.

    Raises:
        UnknownEncoding: it is compressed in a way that is not known, or damaged.
        TooLarge: decompressed it is above the limit.
    """
    body = await _received(request)
    encoding = header(request.scope, b"content-encoding", "identity").lower()
    if encoding == "identity":
        return body
    if encoding not in _ENCODINGS:
        raise UnknownEncoding(f"Content-Encoding: only {', '.join(_ENCODINGS)} are known")
    limit = request.app.state.settings.max_body_bytes
    content = await work_queue_of(request).run(_decompress, body, encoding, limit)
    share = share_of(request.scope)
    share.release(len(body))
    share.hold(len(content))
    return content


async def _received(request: Request) -> bytes:
    """All of it; as Request.body() does, whose generator takes a while."""
    message = await request.receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body
    chunks: list[bytes] = []
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await request.receive()
    raise ClientDisconnect


def _decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """All of it; of gzip all of its members, which are files one after the other (RFC 1952)."""
    parts: list[bytes] = []
    left = limit + 1
    while body:
        stream = zlib.decompressobj(_ENCODINGS[encoding])
        try:
            parts.append(stream.decompress(body, left))
        except zlib.error:
            raise UnknownEncoding(f"the body is not {encoding}, as its Content-Encoding says") from None
        if (left := left - len(parts[-1])) <= 0:
            raise TooLarge(f"the body is larger than {limit} bytes")
        if not stream.eof:
            raise UnknownEncoding(f"the body ends before its {encoding} does")
        body = stream.unused_data
        if body and encoding != "gzip":
            raise UnknownEncoding(f"bytes follow the body's {encoding}")
    return b"".join(parts)
