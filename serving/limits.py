"""Limits on what a client sends."""

from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Answers 413 to a body above the limit, announced or not, without reading more of it than the limit."""

    def __init__(self, app: ASGIApp, max_bytes: int):
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        refuse = JSONResponse({"detail": f"the body is larger than {self._max_bytes} bytes"}, 413)
        if announced.isdigit() and int(announced) > self._max_bytes:
            await refuse(scope, receive, send)
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
            await refuse(scope, receive, send)
