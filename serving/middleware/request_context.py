"""The context of every request: its id, its line in the log, its metrics, and the headers that protect browsers."""

import logging
import re
import time
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.error_responses import internal_error
from serving.observability.access_log import AccessLog, Entry
from serving.observability.logs import REQUEST_ID

log = logging.getLogger("derivable.serving")

_SAFE_ID = re.compile(rb"[\w.:/+=-]{1,128}")

# Everything that the page needs comes from here; Plotly and Swagger UI set styles of their own.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
# Data is no page, and needs nothing from anywhere.
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
# Answers are not kept. What no browser shows as a page needs to be told no more: each header takes a microsecond, and
# each of its characters is looked at.
_ANSWER = [(b"cache-control", b"no-store"), (b"content-security-policy", _NO_PAGE.encode()), *_ALWAYS]
_SHOWN = [
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"vary", b"Accept-Encoding"),
]
_SECURITY = [(b"content-security-policy", _POLICY.encode()), *_ALWAYS, *_SHOWN]
_PAGE = [(b"cache-control", b"no-store"), *_SECURITY]
# Files are asked for again, and sent only if they have changed.
_FILE = [(b"cache-control", b"no-cache"), *_SECURITY]
_FILES, _DATA = "/static/", (b"application/json", b"application/x-npy", b"application/octet-stream")


class RequestContext:
    """Around everything else; the place where an unexpected error ends, as a 500 without its details."""

    def __init__(self, app: ASGIApp):
        self._app, self._ledger = app, AccessLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        token = REQUEST_ID.set(exchange.id)
        self._ledger.begin()
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:
            if isinstance(error, TimeoutError) and exchange.status:
                # The limit on time has ended an answer that had begun: there is nobody to tell.
                log.warning("%s", error)
            else:
                log.exception("an error that nobody thought of")
            if exchange.status == 0:
                await internal_error(scope["path"])(scope, receive, exchange.send)
        finally:
            self._ledger.end(exchange.entry())
            REQUEST_ID.reset(token)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, send: Send):
        self._scope, self._send = scope, send
        self._started = time.perf_counter()
        self.id = _given_id(scope) or f"{getrandbits(128):032x}"
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            headers += self._told(headers)
            headers.append((b"x-request-id", self.id.encode()))
            message["headers"] = headers
        await self._send(message)

    def entry(self) -> Entry:
        """What is known of it at its end; a client that went away before the answer is a 499, as nginx has it."""
        scope, seconds = self._scope, time.perf_counter() - self._started
        route, client = scope.get("route_path") or getattr(scope.get("route"), "path", "unmatched"), scope.get("client")
        address = client[0] if client else None
        return Entry(self.id, scope["method"], scope["path"], str(route), address, self.status or 499, seconds)

    def _told(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """What a browser needs to be told."""
        if self._scope["path"].startswith(_FILES):
            return _FILE
        for name, value in headers:
            if name == b"content-type":
                return _ANSWER if value in _DATA else _PAGE
        return _PAGE


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SAFE_ID.fullmatch(value):
            return str(value, "ascii")
    return None
