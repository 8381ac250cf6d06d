"""Checks JSON bodies, and says what is wrong with them in a few errors, however many mistakes they have.

Each of pydantic's errors takes a thousand times the memory of the two bytes that cause it.
"""

from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from typing import TypeVar

import orjson
from pydantic import BaseModel, FailFast

_MOST_ERRORS = 24
# No body that is understood has as many fields.
_MANY_NAMES = 1_000

Checked = TypeVar("Checked", bound=BaseModel)


class FailsFast(FailFast):
    """Marks a list that is left at its first mistake; also in a union, unlike pydantic's own."""

    __hash__ = object.__hash__


def validated(model: type[Checked], body: bytes) -> Checked:
    """Read a body as the model; a number in quotes is no number, and true is none either.

    Raises:
        ValidationError: it is not one; has a few dozen errors at most, where the model's lists fail fast.
    """
    if body.count(b":") > _MANY_NAMES:
        body = _with_few_names(model, body)
    return model.model_validate_json(body, strict=True)


def _with_few_names(model: type[BaseModel], body: bytes) -> bytes:
    """A body without most of the fields that the model does not have, if it is an object at all."""
    with suppress(orjson.JSONDecodeError):
        content = orjson.loads(body)
        return orjson.dumps(known_fields(model, content)) if isinstance(content, dict) else body
    return body


def known_fields(model: type[BaseModel], fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields that the model has, and the first of those that it does not have."""
    others = (name for name in fields if name not in model.model_fields)
    left = islice(others, _MOST_ERRORS - len(model.model_fields))
    return {name: fields[name] for name in fields if name in model.model_fields} | {n: fields[n] for n in left}
