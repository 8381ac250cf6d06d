"""Limits on what clients may take of the service, each with its own status."""

import asyncio
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import problem
from serving.keys import is_public


class BodyLimit:
    """Answers 413 to a body above the limit, announced or not, without reading more of it than the limit."""

    def __init__(self, app: ASGIApp, max_bytes: int):
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            # To the application an endless body looks like a client that has gone away.
            return message if seen <= self._max_bytes else {"type": "http.disconnect"}

        async def unless_refused(message: Message) -> None:
            if seen <= self._max_bytes:
                await send(message)

        with suppress(ClientDisconnect):
            await self._app(scope, counted, unless_refused)
        if seen > self._max_bytes:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        await problem(scope["path"], 413, f"the body is larger than {self._max_bytes} bytes")(scope, receive, send)


class ConcurrencyLimit:
    """Answers 503 while so many requests are being answered; questions of health are always answered."""

    def __init__(self, app: ASGIApp, most: int):
        self._app, self._most, self._now = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_public(scope["path"]):
            await self._app(scope, receive, send)
        elif self._now >= self._most:
            busy = problem(scope["path"], 503, f"{self._most} requests are being answered", {"Retry-After": "1"})
            await busy(scope, receive, send)
        else:
            self._now += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._now -= 1


class TimeLimit:
    """Answers 408 to a request that does not arrive in time, and 504 where the answer is not found in time."""

    def __init__(self, app: ASGIApp, seconds: float):
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrived = started = False

        async def arriving() -> Message:
            nonlocal arrived
            message = await receive()
            arrived = not message.get("more_body", False)
            return message

        async def starting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, arriving, starting)
        except TimeoutError:
            if started:
                raise  # a client that reads too slowly: the connection is closed
            what = "the answer was not found" if arrived or scope["method"] == "GET" else "the request did not arrive"
            late = problem(
                scope["path"], 504 if what.startswith("the answer") else 408, f"{what} within {self._seconds:g} s"
            )
            await late(scope, receive, send)
