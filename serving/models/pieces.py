"""Values at points, joined from those of some of the points, and divided again."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from serving.models.evaluation import Values
from serving.models.field_evaluation import FieldValues

# Arrays (n, …) by order or by name.
AnyValues = TypeVar("AnyValues", Values, FieldValues)


def joined(parts: Sequence[AnyValues]) -> AnyValues:
    """The values at the points of all parts, one after the other."""
    first = parts[0]
    joint = [
        {name: np.concatenate([of_part[name] for of_part in of_parts]) for name in of_parts[0]}
        for of_parts in zip(*parts, strict=True)
    ]
    return type(first)(*joint)


def part(values: AnyValues, points: slice) -> AnyValues:
    """The values at some of the points."""
    return type(values)(*({name: array[points] for name, array in by_name.items()} for by_name in values))
