"""Numbers in messages, with the digits that tell them apart."""

from collections.abc import Iterable
from math import floor, isfinite, log10

# What float64 has: more tell nothing apart.
_ALL = 17
_FEWEST = 6
# So many digits of an interval's width are shown, of its first and a thousandth of it.
_OF_WIDTH = 4


def numerals(values: Iterable[float], digits: int = _FEWEST) -> list[str]:
    """Each value with so many significant digits, or with as many more as it takes to tell the values apart."""
    values = list(map(float, values))
    apart = len(set(values))
    while digits < _ALL and len({f"{value:.{digits}g}" for value in values}) < apart:
        digits += 1
    return [f"{value:.{digits}g}" for value in values]


def digits_on(domain: tuple[float, float]) -> int:
    """How many significant digits tell places on a domain apart: to a thousandth of its width, and at least six."""
    largest, width = max(map(abs, domain)), abs(domain[1] - domain[0])
    if not (isfinite(largest) and isfinite(width) and width):
        return _FEWEST
    return min(_ALL, max(_FEWEST, floor(log10(largest)) - floor(log10(width)) + _OF_WIDTH))


def ends(domain: tuple[float, float]) -> list[str]:
    """LOW and HIGH, which are never the same."""
    return numerals(domain, digits_on(domain))


def interval(domain: tuple[float, float]) -> str:
    """[LOW, HIGH]."""
    return "[{}, {}]".format(*ends(domain))


def factor(ratio: float) -> str:
    """How many times: nobody compares beyond a million, where a smaller number is mostly rounding."""
    return f"{ratio:.2g}" if ratio < 100 else f"{ratio:,.0f}" if ratio <= 1e6 else "more than a million"
