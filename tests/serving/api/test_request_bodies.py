import asyncio
import gzip
import zlib
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from serving.api import request_bodies
from serving.errors import TooLarge, UnknownEncoding
from serving.scheduling.memory_budget import Budget, sharing
from serving.scheduling.work_queue import WorkQueue

MOST = 10_000


def read(chunks: list[bytes], encoding: str = "", leaves: bool = False) -> bytes:
    """The body that is received in chunks, from a client that may leave before the last."""
    ends = {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b"", "more_body": False}
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks] + [ends]

    async def receive() -> Message:
        return messages.pop(0)

    async def answer() -> bytes:
        state = SimpleNamespace(work_queue=WorkQueue(), settings=SimpleNamespace(max_body_bytes=MOST))
        headers = [(b"content-encoding", encoding.encode())] if encoding else []
        scope: dict[str, Any] = {"type": "http", "headers": headers, "app": SimpleNamespace(state=state)}
        with sharing(scope, Budget(1 << 20)):
            return await request_bodies.read(Request(scope, receive))

    return asyncio.run(answer())


def test_a_body_comes_in_chunks() -> None:
    assert read([b"a", b"bc"]) == b"abc"
    with pytest.raises(ClientDisconnect):
        read([b"a"], leaves=True)


def test_all_members_of_gzip_and_one_deflate() -> None:
    assert read([gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0)], "gzip") == b"onetwo"
    assert read([zlib.compress(b"one")], "Deflate") == b"one"
    with pytest.raises(UnknownEncoding, match="bytes follow the body's deflate"):
        read([zlib.compress(b"one") + b"two"], "deflate")


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (b"one", "br", "only gzip, deflate are known"),
        (b"one", "gzip", "the body is not gzip"),
        (gzip.compress(b"one", mtime=0)[:-4], "gzip", "the body ends before its gzip does"),
    ],
)
def test_what_is_not_compressed_so(body: bytes, encoding: str, error: str) -> None:
    with pytest.raises(UnknownEncoding, match=error):
        read([body], encoding)


def test_a_body_that_is_larger_than_it_seems() -> None:
    assert len(read([gzip.compress(b"1" * MOST, mtime=0)], "gzip")) == MOST
    with pytest.raises(TooLarge, match=f"larger than {MOST} bytes"):
        read([gzip.compress(b"1" * (MOST + 1), mtime=0)], "gzip")
