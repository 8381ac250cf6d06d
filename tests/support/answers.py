"""Answers as they are sent."""

import asyncio
from types import SimpleNamespace
from typing import Any

from starlette.responses import Response
from starlette.types import Message

from serving.scheduling.memory_budget import Budget, sharing
from serving.scheduling.work_queue import WorkQueue


def body(response: Response) -> tuple[dict[str, str], bytes]:
    """The headers and the body that a response sends."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        await asyncio.sleep(3_600)
        raise AssertionError

    async def answer() -> None:
        state = SimpleNamespace(work_queue=WorkQueue())
        scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": [], "app": SimpleNamespace(state=state)}
        with sharing(scope, Budget(1 << 30)):
            await response(scope, receive, send)

    asyncio.run(answer())
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return headers, b"".join(message.get("body", b"") for message in messages[1:])
