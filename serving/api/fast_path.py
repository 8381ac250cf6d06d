"""The fast path of the most frequent requests: routing alone takes longer than evaluating a function at a point."""

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.routes import functions, umbridge
from serving.http.error_responses import HANDLED, as_response

_BEFORE, _BEHIND = functions.EVALUATE.split("{name}")
_ENDPOINTS = {"GET": functions.get, "POST": functions.post}
Endpoint = Callable[[Request], Awaitable[Response]]


class FastPath:
    """Calls the endpoints that evaluate functions; their routes describe them, and everything else is routed."""

    def __init__(self, app: ASGIApp, routed: FastAPI):
        self._app, self._routed = app, routed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (found := _endpoint(scope["method"], scope["path"])) is None:
            await self._app(scope, receive, send)
            return
        scope["app"], (endpoint, scope["route_path"]) = self._routed, found
        try:
            response = await endpoint(Request(scope, receive))
            await response(scope, receive, send)
        except HANDLED as error:
            await as_response(scope["path"], error)(scope, receive, send)


def _endpoint(method: str, path: str) -> tuple[Endpoint, str] | None:
    """The endpoint of a request, and its route; None where it is to be routed."""
    if path.startswith(_BEFORE) and path.endswith(_BEHIND):
        name, named = path[len(_BEFORE) : -len(_BEHIND)], _ENDPOINTS.get(method)
        return (partial(named, name), functions.EVALUATE) if named and name and "/" not in name else None
    action = umbridge.ACTIONS.get(path) if method == "POST" else None
    return (action, path) if action else None
