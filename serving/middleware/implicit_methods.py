"""Methods that every server has, and that routes do not declare."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send


class ImplicitMethods:
    """Answers HEAD as GET without its body, which the server leaves out, and OPTIONS with the methods of a path."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]):
        self._app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # The server looks at its own.
            inner = dict(scope) | {"method": "GET"}
            try:
                await self._app(inner, receive, send)
            finally:
                scope.update({name: inner[name] for name in ("route", "route_path") if name in inner})
        elif scope["type"] == "http" and scope["method"] == "OPTIONS" and (allowed := self._allowed(scope)):
            headers = {"Allow": ", ".join(sorted(allowed))}
            await Response(status_code=204, headers=headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _allowed(self, scope: Scope) -> set[str]:
        """The methods that the path takes; none, where there is no such path."""
        found: set[str] = set()
        for route in self._routes:
            match, _ = route.matches(dict(scope))
            if match != Match.NONE:
                found |= {"GET"} if isinstance(route, Mount) else set(getattr(route, "methods", None) or ())
        if "GET" in found:
            found.add("HEAD")
        return found | {"OPTIONS"} if found else found
