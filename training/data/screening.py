"""What in measured data is hardly a measurement: a code for a missing value, a single x far from all others.

Both rules are made to be silent on honest data: on heavy tails, on x that is evenly spaced in its logarithm, on steps
and plateaus (tests/training/data/test_screening.py draws from such families).
"""

import re

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.data.measurements import Measurements
from training.data.tables import short
from training.targets.domain import Domain

# Numbers that programs write for what is missing: all nines, the ends of integer types, fill values of file formats.
_NINES = re.compile(r"-?(99|9{3,}|9{2,}\.9+)")
_CODES = {-32768.0, 32767.0, -2147483648.0, 2147483647.0, -1e30, 1e30, 1e20, 9.96921e36, -1.797e308, -1e34, 1e35}
# A code lies farther from the rest than the rest reaches; another repeated value so many times as far.
_CODE_REACH, _REACH = 1.0, 5.0
# Not more often than that, and not by stretches, as a plateau is.
_MOST_CODES, _DISTINCT, _REPEATED, _PART = 4, 10, 3, 0.25

# An x is far from all others where the gap is so many times their range. Where they are few, or uneven, with gaps that
# vary by more than _EVEN, it has to be more, also beside their largest gap. What continues a logarithmic grid is not.
_FEWEST, _MANY, _EVEN = 5, 20, 30.0
_FAR, _FAR_FEW, _LARGER_GAP = 10.0, 1e4, 3e3
_LOGARITHMIC = 3.0
_LISTED = 5


def warnings(data: Measurements, domain: Domain, x_column: str, y_column: str) -> list[str]:
    """What is to be said of the rows on the domain; names their places in the file."""
    inside = np.flatnonzero((domain[0] <= data.x) & (data.x <= domain[1]))
    x, y, rows = data.x[inside], data.y[inside], data.rows[inside]
    place = data.faults.place
    found = [
        f"{len(which)} of {len(y)} values of column {short(y_column)} are {value:.10g}, far outside the rest, as codes "
        f"for missing values are ({_places(place, rows[which])}): leave these rows out"
        for value, which in codes(y).items()
    ]
    if (strays := stray(x)) is not None:
        value, which = strays
        found.append(
            f"x = {value:.10g} of column {short(x_column)} lies far from all others, which the domain then has to span "
            f"({_places(place, rows[which])}): leave it out, or give the domain of the others"
        )
    return found


def _places(place: str, rows: NDArray[np.int64]) -> str:
    rows = np.sort(rows)
    more = f" and {len(rows) - _LISTED} more" if len(rows) > _LISTED else ""
    return f"{place} {', '.join(map(str, rows[:_LISTED].tolist()))}{more}"


def codes(y: Array) -> dict[float, NDArray[np.intp]]:
    """The values that look like codes for what is missing, and where they are; y in the order of x."""
    found: dict[float, NDArray[np.intp]] = {}
    left = np.arange(len(y))
    while len(found) < _MOST_CODES and (value := _code(y[left])) is not None:
        found[value] = np.flatnonzero(y == value)
        left = left[y[left] != value]
    return found


def _code(y: Array) -> float | None:
    """The lowest or the highest value, where it is a code."""
    values, counts = np.unique(y, return_counts=True)
    if len(values) < _DISTINCT + 1:
        return None
    for value, gap, count, rest in (
        (values[0], values[1] - values[0], counts[0], values[1:]),
        (values[-1], values[-1] - values[-2], counts[-1], values[:-1]),
    ):
        reach = float(rest[-1] - rest[0])
        if _is_code(value) and (gap > _CODE_REACH * reach or _is_far_in_bulk(value, gap, rest, y)):
            return float(value)
        scattered = _REPEATED <= count < _PART * len(y) and count <= 2 * _runs(y == value)
        if scattered and gap > _REACH * reach:
            return float(value)
    return None


def _is_far_in_bulk(value: float, gap: float, rest: Array, y: Array) -> bool:
    """Whether a second code hides that a first one is far: beyond it the rest reaches only to another code."""
    others = np.array([other for other in rest if not _is_code(float(other))])
    if len(others) < _DISTINCT or len(others) == len(rest):
        return False
    distance = float(np.abs(others - value).min())
    return distance > _CODE_REACH * float(np.ptp(others)) and gap > 0


def _is_code(value: float) -> bool:
    return value in _CODES or bool(_NINES.fullmatch(f"{value:.10g}"))


def _runs(is_value: NDArray[np.bool_]) -> int:
    """Count the stretches of neighbours in which the value occurs."""
    return int(is_value[0]) + int(np.count_nonzero(np.diff(is_value.astype(np.int8)) == 1))


def stray(x: Array) -> tuple[float, NDArray[np.intp]] | None:
    """A first or last x that is far from all others, and where it is; x sorted."""
    values = np.unique(x)
    if len(values) < _FEWEST + 1:
        return None
    for value, rest, gap in (
        (values[0], values[1:], values[1] - values[0]),
        (values[-1], values[:-1], values[-1] - values[-2]),
    ):
        if _is_far(gap, rest) and not _continues_logarithm(values, value, rest):
            return float(value), np.flatnonzero(x == value)
    return None


def _is_far(gap: float, rest: Array) -> bool:
    gaps = np.diff(rest)
    even = float(gaps.max()) <= _EVEN * float(np.median(gaps))
    far = _FAR if len(rest) >= _MANY else _FAR_FEW
    return bool(gap > far * (rest[-1] - rest[0]) and (even or gap > _LARGER_GAP * gaps.max()))


def _continues_logarithm(values: Array, value: float, rest: Array) -> bool:
    """Whether x of one sign are spaced so in their logarithm that this one is not far from the others."""
    if values[0] < 0 < values[-1] or value == 0 or not rest.all():
        return False
    logarithms = np.log(np.abs(rest))
    gap = float(np.abs(np.log(abs(value)) - logarithms).min())
    return gap <= _LOGARITHMIC * float(np.abs(np.diff(logarithms)).max())
