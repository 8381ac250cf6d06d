"""API keys: several, compared in constant time, read anew when their file changes."""

import base64
import binascii
import hashlib
import hmac
import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.error_responses import problem

log = logging.getLogger("derivable.serving")

# The largest file of keys.
_MOST_BYTES = 1 << 20
_PUBLIC = ("/health/", "/v2/health/")
# Authenticated by its own signature.
_SIGNED = ("/webhooks/",)


def is_public(path: str) -> bool:
    """Whether everyone may ask: whoever watches the service has no key."""
    return path.startswith(_PUBLIC)


class ApiKeys:
    """The keys that are known. Without any, nobody is asked for one.

    Args:
        given: keys from the settings.
        file: one key a line; empty lines and lines with # do not count. It is read again when it has changed.

    Raises:
        OSError: the file cannot be read.
        ValueError: it has no keys.
    """

    def __init__(self, given: Iterable[str], file: Path | None):
        self._given = frozenset(map(_digest, given))
        self._file, self._changed, self._complaint = file, (0, 0), ""
        self._known = self._given
        if file is not None:
            self._read(file)

    def __bool__(self) -> bool:
        return bool(self._known)

    def know(self, key: bytes) -> bool:
        """Whether it is one of the keys; takes as long whichever it is."""
        self._follow()
        given, found = hashlib.sha256(key).digest(), False
        for known in self._known:
            found |= hmac.compare_digest(given, known)
        return found

    def _follow(self) -> None:
        if self._file is None:
            return
        try:
            self._read(self._file)
            self._complaint = ""
        except (OSError, ValueError) as error:
            # Half-written or gone for a moment: the keys from before go on counting.
            if str(error) != self._complaint:
                self._complaint = str(error)
                log.warning("the file of API keys was not read again: %s", error)

    def _read(self, file: Path) -> None:
        state = file.stat()
        if (changed := (state.st_mtime_ns, state.st_ino)) == self._changed:
            return
        lines = [line.strip() for line in _text(file).splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        if not keys:
            raise ValueError(f"{file} has no keys")
        self._known, self._changed = self._given | frozenset(map(_digest, keys)), changed


def _text(file: Path) -> str:
    """What a plain file says: a pipe would be waited for, and a device might never end."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as content:
        state = os.fstat(content.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size > _MOST_BYTES:
            raise ValueError(f"{file} is no plain file of keys")
        return content.read(_MOST_BYTES).decode()


class ApiKeyRequired:
    """Answers 401 to who has no key. It comes as `Authorization: Bearer KEY` or `X-API-Key: KEY`, or, from a browser,
    which asks its user for it, as the password of Basic authentication.
    """

    def __init__(self, app: ASGIApp, keys: ApiKeys):
        self._app, self._keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_public(scope["path"]) or scope["path"].startswith(_SIGNED):
            await self._app(scope, receive, send)
            return
        key = _presented(dict(scope["headers"]))
        if key is not None and self._keys.know(key):
            await self._app(scope, receive, send)
            return
        headers = {"WWW-Authenticate": 'Bearer realm="derivable", Basic realm="derivable: the password is an API key"'}
        refuse = problem(
            scope["path"], 401, "an API key is needed" if key is None else "the API key is unknown", headers
        )
        await refuse(scope, receive, send)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _presented(headers: dict[bytes, bytes]) -> bytes | None:
    if key := headers.get(b"x-api-key"):
        return key
    scheme, _, value = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip()
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except binascii.Error:
            return None
    return None
