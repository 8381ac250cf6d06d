"""Reads the most frequent bodies, points and orders of derivatives; whatever else there is gets the whole check.

That check takes longer than evaluating a function at a point, and with many points as long as the rest of the reading.
"""

from typing import Any, NamedTuple

import orjson

from serving.scheduling.evaluations import LARGE_BODY

_NAMES = {"x", "orders"}
# More than any model has; higher ones are refused in words.
_ORDERS = frozenset(range(16))
_USUAL = [0]


class ShortBody(NamedTuple):
    """A list of points that nobody has looked at, and orders of derivatives."""

    x: list[Any]
    orders: tuple[int, ...]


def read(body: bytes) -> ShortBody | None:
    """What a short body says; None where it may have anything else, or a mistake."""
    # Larger ones are read beside the event loop.
    if len(body) > LARGE_BODY:
        return None
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if type(content) is not dict or not content.keys() <= _NAMES:
        return None
    x, orders = content.get("x"), content.get("orders", _USUAL)
    if not isinstance(x, list) or not x or not _are_orders(orders):
        return None
    return ShortBody(x, tuple(orders))


def are_numbers(values: list[Any]) -> bool:
    """Whether all are written with a fraction, as most are: these are finite numbers of float64."""
    return set(map(type, values)) == {float}


def _are_orders(orders: Any) -> bool:
    return type(orders) is list and set(map(type, orders)) == {int} and _ORDERS.issuperset(orders)
