"""Requests for this host only."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.error_responses import problem
from serving.middleware.api_keys import is_public

# What a loopback address is called; and every address of that network.
_THIS_MACHINE = frozenset({"localhost", "[::1]"})
ANY = "*"


class TrustedHosts:
    """Answers 421 to a request for another host than those that are trusted, and 400 to one without a host, or two.

    A browser sends the name that it was given. One that a foreign page has made to mean this machine (DNS rebinding)
    is none of ours, and so the page does not read what only this machine may read.

    Args:
        app: what is behind the door.
        address: that the service listens on; where it is this machine's own, only this machine's names are trusted.
        trusted: the hosts instead, if they are given; * is any.
    """

    def __init__(self, app: ASGIApp, address: str, trusted: Iterable[str] = ()):
        self._app = app
        self._trusted = frozenset(host.lower() for host in trusted) or _usual(address)
        self._is_trusted = lru_cache(maxsize=128)(self._trusts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) > 1 or (not hosts and scope["http_version"] == "1.1"):
            await problem(scope["path"], 400, f"a request has one Host, not {len(hosts)}")(scope, receive, send)
        elif ANY in self._trusted or is_public(scope["path"]) or not hosts or self._is_trusted(hosts[0]):
            await self._app(scope, receive, send)
        else:
            detail = "this host is not one of those that are trusted (trusted_hosts)"
            await problem(scope["path"], 421, detail)(scope, receive, send)

    def _trusts(self, host: bytes) -> bool:
        name = _without_port(str(host, "latin-1").lower())
        return name in self._trusted or (self._trusted >= _THIS_MACHINE and _is_loopback(name))


def _usual(address: str) -> frozenset[str]:
    if address in _THIS_MACHINE or _is_loopback(address):
        return _THIS_MACHINE | {address}
    return frozenset({ANY})


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and not name.endswith(":") else host
