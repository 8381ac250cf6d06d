"""Whether two versions under one registered name are fits of one quantity, so that the better may replace the other.

A function is known by its target. Data are known by the name of their file and the columns of x and y; where the
registered name is taken from the file, also by the file itself: the same path, whatever has been added to it, or, where
it was moved, the same content.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

# What two versions have to share, by kind.
_SHARED = {
    "function": ("target",),
    "field": ("target", "variables", "outputs"),
    "classifier": ("dataset", "classes", "shape"),
}
_COLUMNS = {"x": "x_column", "y": "y_column"}


def file_source(path: Path, digest: str) -> dict[str, str]:
    """What tells files, or folders, of one name apart."""
    return {"path": str(path.resolve()), "digest": digest}


def mismatch(new: Mapping[str, Any], champion: Mapping[str, Any]) -> str:
    """Why the champion is not to be compared with a new version, by the metadata of both; empty where it is."""
    kind = new["kind"]
    if kind in _SHARED and champion.get("kind") != kind:
        return f"the champion is {_called(champion)}, not a {kind}"
    for key in _SHARED.get(kind, ("target",)):
        if champion.get(key) != new[key]:
            return f"the champion has {key} {champion.get(key)}, not {new[key]}"
    return _other_source(new.get("source"), champion.get("source")) or _not_comparable(new, champion)


def _not_comparable(new: Mapping[str, Any], champion: Mapping[str, Any]) -> str:
    """Why the errors of two fits of one quantity do not tell which is better: only those on the same domain do.

    Data that have grown are on more than the domain that they were on.
    """
    if new.get("x_origin") != champion.get("x_origin"):
        return f"the champion has x_origin {champion.get('x_origin')}, not {new.get('x_origin')}"
    domain, before = new.get("domain"), champion.get("domain")
    if domain != before and not ("source" in new and _has_grown(domain, before)):
        return f"the champion has domain {before}, not {domain}"
    if set(new.get("errors", ())) != set(champion.get("errors", ())):
        return "the champion was judged in another way: fits of data against a target, or at held-out samples"
    return ""


def _has_grown(domain: Any, before: Any) -> bool:
    """Whether a domain [low, high], or one of these for each variable, has the one before in it."""
    ends, old = np.array(domain or [], dtype=np.float64), np.array(before or [], dtype=np.float64)
    if ends.shape != old.shape or not ends.size:
        return False
    return bool((ends[..., 0] <= old[..., 0]).all() and (old[..., 1] <= ends[..., 1]).all())


def _called(champion: Mapping[str, Any]) -> str:
    return f"a {champion['kind']}" if champion.get("kind") in _SHARED else "a model of another origin"


def _other_source(new: Mapping[str, str] | None, champion: Mapping[str, str] | None) -> str:
    if new is None or champion is None:
        return "" if new == champion else "the champion does not say which data it is a fit of"
    for key, parameter in _COLUMNS.items():
        if champion.get(key) != new.get(key):
            return f"the champion has {parameter} {champion.get(key)}, not {new.get(key)}"
    if "path" in new and champion.get("path") != new["path"] and champion.get("digest") != new["digest"]:
        return f"the champion is of {champion.get('path', 'other data')}, not of {new['path']}"
    return ""
