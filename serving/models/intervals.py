"""Intervals in messages, with the digits that tell their ends apart."""

from math import floor, isfinite, log10

# What float64 has: more tell nothing apart.
_ALL, _FEWEST = 17, 6
# So many digits of an interval's width are shown, of its first and a thousandth of it.
_OF_WIDTH = 4


def interval(low: float, high: float) -> str:
    """[LOW, HIGH], each to a thousandth of the width and at least six digits, and never the same."""
    largest, width, digits = max(abs(low), abs(high)), abs(high - low), _FEWEST
    if isfinite(largest) and isfinite(width) and width:
        digits = max(digits, floor(log10(largest)) - floor(log10(width)) + _OF_WIDTH)
    return f"[{low:.{min(digits, _ALL)}g}, {high:.{min(digits, _ALL)}g}]"
