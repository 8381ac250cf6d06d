"""The fast path of the most frequent requests: routing alone takes longer than evaluating a function at a point."""

import re

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.routes import functions
from serving.http.error_responses import HANDLED, as_response

_EVALUATE = re.compile(r"/functions/([^/]+)/evaluate")
_ENDPOINTS = {"GET": functions.get, "POST": functions.post}


class FastPath:
    """Calls the endpoints that evaluate functions; their routes describe them, and everything else is routed."""

    def __init__(self, app: ASGIApp, routed: FastAPI):
        self._app, self._routed = app, routed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = _EVALUATE.fullmatch(scope["path"]) if scope["type"] == "http" else None
        endpoint = _ENDPOINTS.get(scope["method"]) if match else None
        if match is None or endpoint is None:
            await self._app(scope, receive, send)
            return
        scope["app"], scope["route_path"] = self._routed, functions.EVALUATE
        try:
            response = await endpoint(match[1], Request(scope, receive))
            await response(scope, receive, send)
        except HANDLED as error:
            await as_response(scope["path"], error)(scope, receive, send)
