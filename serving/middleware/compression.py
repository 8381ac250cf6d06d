"""Compresses answers for those who take them so."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.headers import header

# Beyond it, numbers get little smaller for the time.
_LEVEL = 4


class Compression:
    """gzip for who accepts it; all others do not wait for it."""

    def __init__(self, app: ASGIApp):
        self._plain, self._gzip = app, GZipMiddleware(app, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepts = scope["type"] == "http" and "gzip" in header(scope, b"accept-encoding")
        await (self._gzip if accepts else self._plain)(scope, receive, send)
