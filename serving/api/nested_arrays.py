"""Nested lists of numbers as arrays.

NumPy would make an array of anything: of one long text among many short ones it makes as many long ones.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_DIMENSIONS = 8
_NUMBERS = {int, float}


class Ragged(ValueError):
    """Rows of different lengths, or of different depths."""


class NotNumbers(ValueError):
    """Something in it is no number.

    Attributes:
        value: the first that is none.
    """

    def __init__(self, value: object):
        super().__init__()
        self.value = value


class TooBig(ValueError):
    """A whole number beyond 64 bits."""


def array(nested: list[Any]) -> NDArray[Any]:
    """An array of whole numbers, or of float64 where one of them is not whole.

    Raises:
        Ragged, NotNumbers, TooBig: it is not that.
    """
    shape, values = [len(nested)], nested
    while values and type(values[0]) is list and len(shape) < MOST_DIMENSIONS:
        if set(map(type, values)) != {list} or len(lengths := set(map(len, values))) > 1:
            raise Ragged
        shape.append(lengths.pop())
        values = list(chain.from_iterable(values))
    if not set(map(type, values)) <= _NUMBERS:
        raise Ragged if list in set(map(type, values)) else NotNumbers(_first_other(values))
    try:
        found = np.array(values, None if values else np.int64)
    except OverflowError:
        raise TooBig from None
    if found.dtype.kind not in "iuf":
        raise TooBig
    return found.reshape(shape)


def _first_other(values: Iterable[Any]) -> object:
    return next(value for value in values if type(value) not in _NUMBERS)
