"""A model as MLflow has logged it: which version it is, and its description, which is data and runs no code."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml
from pydantic import BaseModel, ValidationError

from serving.arrays import Array
from serving.errors import RefusedModel

Described = TypeVar("Described", bound=BaseModel)
# Makes no objects but YAML's own; in C where that is there.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Version:
    """Which version of a registered model this is."""

    name: str
    version: int
    alias: str | None
    run_id: str
    experiment_id: str = ""
    # Where its artifacts are, and when it was made, in milliseconds since 1970: numbers are given anew.
    source: str = ""
    created: int = 0

    def is_same(self, other: "Version") -> bool:
        """Whether it is the same version, by whatever alias."""
        return replace(self, alias=None, experiment_id="") == replace(other, alias=None, experiment_id="")


def description(folder: Path) -> dict[str, Any]:
    """What a logged model says of itself, not yet checked.

    Raises:
        RefusedModel: it cannot be read.
    """
    try:
        content = yaml.load((folder / "MLmodel").read_bytes(), _SafeLoader)  # noqa: S506
    except Exception as error:
        raise RefusedModel(f"its description cannot be read: {error}") from error
    metadata = content.get("metadata") if isinstance(content, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def checked(kind: type[Described], raw: Mapping[str, Any], what: str) -> Described:
    """The metadata of a model of one kind.

    Raises:
        RefusedModel: they are not that; names the fields.
    """
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, entry["loc"])) for entry in error.errors())
        raise RefusedModel(f"its metadata do not describe {what} (see {fields})") from None


def require_own_example(
    example: Mapping[str, Any],
    names: Sequence[str],
    answer: Callable[[Array], Iterable[Array]],
    tolerance: Callable[[str, Array], float],
) -> None:
    """Ask a model for the example that was stored with it.

    Args:
        example: x, and what the model answered there, by output.
        names: of the outputs that `answer` has, in order.
        tolerance: how far from the example an output may be, of which name and example are given.

    Raises:
        RefusedModel: it answers something else, or nothing.
    """
    try:
        answers = list(answer(np.array(example["x"], np.float64)))
        expected = [np.array(example[name], np.float64) for name in names]
    except Exception as error:
        raise RefusedModel(f"it does not answer its own example: {error}") from error
    for name, found, truth in zip(names, answers, expected, strict=True):
        if found.shape != truth.shape or not agree(found, truth, tolerance(name, truth)):
            raise RefusedModel(f"its {name} differs from its own example")


def agree(answer: Array, truth: Array, tolerance: float) -> bool:
    """Whether two answers differ by no more than that; what is beyond float64 in one is in the other."""
    finite = np.isfinite(truth)
    same = bool(np.array_equal(np.isfinite(answer), finite))
    return same and bool((np.abs(answer[finite] - truth[finite]) <= tolerance).all())
