"""Limits on what clients may take of the service, each with its own status."""

import asyncio
import time
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import TooLarge
from serving.http.error_responses import as_response, problem
from serving.http.headers import header
from serving.middleware.api_keys import is_public
from serving.scheduling.memory_budget import ALLOWANCE, Budget, Share, sharing


class BodyLimit:
    """Answers 413 to a body above the limit, announced or not, without reading more of it than the limit.

    What has come of a body is held by the request, of the memory that all share.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, budget: Budget):
        self._app, self._max_bytes, self._budget = app, max_bytes, budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = header(scope, b"content-length")
        if announced.isdigit() and (len(announced) > _DIGITS or int(announced) > self._max_bytes):
            await as_response(scope["path"], self._too_large())(scope, receive, send)
            return
        with sharing(scope, self._budget) as share, suppress(ClientDisconnect):
            # The server reads no more of such a body than that.
            is_small = announced.isdigit() and int(announced) <= ALLOWANCE and not header(scope, b"transfer-encoding")
            await self._app(scope, receive if is_small else self._counted(receive, share), send)

    def _counted(self, receive: Receive, share: Share) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += (size := len(message.get("body", b"")))
            if seen > self._max_bytes:
                raise self._too_large()
            share.hold(size)
            return message

        return counted

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the body is larger than {self._max_bytes} bytes")


class ConcurrencyLimit:
    """Answers 503 while so many requests are being answered; requests for health are always answered."""

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
    """Answers 408 to a request that does not arrive in time, and 504 where the answer is not found in time.

    One timer looks after all requests, a few times a second: asyncio.timeout would take one for each of them, and a
    fortieth of the time of an answer.
    """

    def __init__(self, app: ASGIApp, seconds: float):
        self._app, self._seconds = app, seconds
        # When each request that is being answered is late, the earliest first.
        self._deadlines: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._is_watching = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        if scope["type"] != "http" or task is None:
            await self._app(scope, receive, send)
            return
        request = _Progress(receive, send)
        self._deadlines[task] = time.monotonic() + self._seconds
        if not self._is_watching:
            self._watch()
        try:
            await self._app(scope, request.receive, request.send)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            if request.started:
                raise TimeoutError("the client reads too slowly: the connection is closed") from None
            await self._refuse(request.arrived or scope["method"] == "GET", scope, receive, send)
        finally:
            del self._deadlines[task]
            self._late.discard(task)

    def _watch(self) -> None:
        """Cancel what is late, and look again as long as there is anything."""
        now = time.monotonic()
        for task, deadline in self._deadlines.items():
            if deadline > now:
                break
            if task not in self._late:
                self._late.add(task)
                task.cancel()
        self._is_watching = bool(self._deadlines)
        if self._is_watching:
            asyncio.get_running_loop().call_later(min(_WATCHED_SECONDS, self._seconds), self._watch)

    async def _refuse(self, arrived: bool, scope: Scope, receive: Receive, send: Send) -> None:
        status, what = (504, "the answer was not found") if arrived else (408, "the request did not arrive")
        await problem(scope["path"], status, f"{what} within {self._seconds:g} s")(scope, receive, send)


class _Progress:
    """How far a request has come."""

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send = receive, send
        self.arrived = self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self.arrived = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)


_WATCHED_SECONDS = 0.2
# The most digits of a body's length.
_DIGITS = 15
