"""Names for what results follow from."""

import hashlib

_DIGITS = 32


def digest(*parts: object) -> str:
    """The SHA-256 of the parts' texts, in 32 hexadecimal digits: the same results follow from the same name."""
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:_DIGITS]
