"""What is wrong with a request, in words: pydantic's errors, one for each mistake, with what was sent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_PREFIX = "Value error, "
_LONGEST = 40
LINSPACE = "expected a,b,n: n equally spaced points from a to b"


def issues(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One issue for each mistake: where, what and of which type."""
    return [
        {"loc": error["loc"], "msg": message(error), "type": error["type"]} for error in _one_for_each(list(errors))
    ]


def sentence(found: Iterable[Mapping[str, Any]]) -> str:
    """All issues in one line."""
    return "; ".join(f"{'.'.join(map(str, issue['loc']))}: {issue['msg']}".removeprefix(": ") for issue in found)


def message(error: Mapping[str, Any]) -> str:
    """What is wrong, and what was sent where that is a short value."""
    said = str(error["msg"]).removeprefix(_PREFIX)
    given = error.get("input")
    if error["type"] == "json_invalid" or not isinstance(given, str | int | float):
        return said
    return f"{said}, not {shown(given)}"


def shown(value: object) -> str:
    """A client's value on one short line, in ASCII, whatever it is."""
    written = ascii(value)
    return written if len(written) <= _LONGEST else f"{written[: _LONGEST - 3]}..."


def _one_for_each(errors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without complaints about a list whose entries have theirs, and one for all parts of a linspace."""
    found: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    around = {tuple(error["loc"][:depth]) for error in errors for depth in range(len(error["loc"]))}
    for error in errors:
        where = tuple(error["loc"])
        if where in around:
            continue
        if "linspace" in where:
            where = where[: where.index("linspace") + 1]
            error = {**error, "loc": where, "msg": f"{message(error)}; {LINSPACE}", "input": None}
        found.setdefault(where, error)
    return list(found.values())
