"""Reads the body of a request, compressed or not, within its limit."""

import zlib

from fastapi import Request
from starlette.requests import ClientDisconnect

from serving.errors import TooLarge, UnknownEncoding
from serving.headers import header

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
    return _decompress(body, encoding, request.app.state.settings.max_body_bytes)


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
    stream = zlib.decompressobj(_ENCODINGS[encoding])
    try:
        content = stream.decompress(body, limit + 1)
    except zlib.error:
        raise UnknownEncoding(f"the body is not {encoding}, as its Content-Encoding says") from None
    if len(content) > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    if not stream.eof:
        raise UnknownEncoding(f"the body ends before its {encoding} does")
    return content
