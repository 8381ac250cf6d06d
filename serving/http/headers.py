"""Reads the headers of a request, without making an object of them."""

from starlette.types import Scope


def header(scope: Scope, name: bytes, default: str = "") -> str:
    """The value of a header, whose name is in lower case; the first, where there are several."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return default
