"""Every request is seen from outside: its id, a line in the log, the metrics; and what a browser needs to be told."""

import logging
import re
import time
from functools import cache
from random import getrandbits

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import logs
from serving.errors import bug
from serving.logs import REQUEST_ID
from serving.metrics import IN_PROGRESS, REQUESTS, SECONDS

log = logging.getLogger("derivable.serving")

_SAFE_ID = re.compile(rb"[\w.:/+=-]{1,128}")

# Everything that the page needs comes from here; Plotly and Swagger UI set styles of their own.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
_SECURITY = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"Accept-Encoding"),
]
# Files are asked for again, and sent only if they have changed; answers are not kept.
_FILES, _ASKED_AGAIN, _UNSTORED = "/static/", (b"cache-control", b"no-cache"), (b"cache-control", b"no-store")


class Observed:
    """Around everything else; the place where an unexpected error ends, as a 500 without its details."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        token = REQUEST_ID.set(exchange.id)
        IN_PROGRESS.inc()
        try:
            await self._app(scope, receive, exchange.send)
        except Exception:
            log.exception("an error that nobody thought of")
            if exchange.status == 0:
                await bug(scope["path"])(scope, receive, exchange.send)
        finally:
            IN_PROGRESS.dec()
            exchange.record()
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
            headers = message["headers"] = list(message.get("headers", ()))
            headers.append(_ASKED_AGAIN if self._scope["path"].startswith(_FILES) else _UNSTORED)
            headers.append((b"x-request-id", self.id.encode()))
            headers += _SECURITY
        await self._send(message)

    def record(self) -> None:
        """Into the metrics and the log; a client that went away before the answer is a 499, as nginx has it."""
        seconds, status = time.perf_counter() - self._started, self.status or 499
        method, path, client = self._scope["method"], self._scope["path"], self._scope.get("client")
        route = _route(self._scope)
        _counter(method if method in _METHODS else "other", route, status).inc()
        _clock(route).observe(seconds)
        if not path.startswith(_QUIET):
            fields = {"method": method, "path": path, "status": status, "seconds": round(seconds, 6)}
            logs.REQUESTS.write(self.id, fields | {"client": client[0] if client else None})


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Asked every few seconds by whoever watches the service.
_QUIET = ("/health", "/v2/health", "/metrics")


def _route(scope: Scope) -> str:
    """The path with its parameters unfilled: so there are only so many."""
    return str(scope.get("route_path") or getattr(scope.get("route"), "path", "unmatched"))


@cache
def _counter(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, status)


@cache
def _clock(route: str) -> Histogram:
    return SECONDS.labels(route)


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SAFE_ID.fullmatch(value):
            return str(value, "ascii")
    return None
