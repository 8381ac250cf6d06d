"""Dates and times as people write them, as seconds since the first of them."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow
import pyarrow.compute as pc
from numpy.typing import NDArray

from training.arrays import Array
from training.errors import InvalidParameter

Times = NDArray[np.datetime64]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:(?:[Tt,]|\s)\s*(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?\s*(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_DAY_FIRST = r"^(?P<day>[0-9]{1,2})[/\-](?P<month>[0-9]{1,2})[/\-](?P<year>[0-9]{4})"
_MONTH_FIRST = r"^(?P<month>[0-9]{1,2})[/\-](?P<day>[0-9]{1,2})[/\-](?P<year>[0-9]{4})"
# How a date can be written, by what it is called in a description.
_FORMS = {
    "year first": r"^(?P<year>[0-9]{4})[\-/.](?P<month>[0-9]{1,2})(?:[\-/.](?P<day>[0-9]{1,2}))?" + _CLOCK,
    "without separators": r"^(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"[Tt](?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?$",
    "day.month.year": r"^(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})" + _CLOCK,
    "month by name": r"^(?:[A-Za-z]{3,9},?\s+)?(?P<day>[0-9]{1,2})[\-/.\s]\s*(?P<name>[A-Za-z]{3,9})\.?[\-/.,\s]\s*"
    r"(?P<year>[0-9]{4})" + _CLOCK,
    "month name first": r"^(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>[0-9]{1,2}),?\s+(?P<year>[0-9]{4})" + _CLOCK,
    "day first": _DAY_FIRST + _CLOCK,
    "month first": _MONTH_FIRST + _CLOCK,
}
_EITHER = "either"
# What is no month, in the first place and in the second.
_DECISIVE = (r"^\s*(1[3-9]|2[0-9]|3[01])[/\-]", r"^\s*[0-9]{1,2}[/\-](1[3-9]|2[0-9]|3[01])[/\-]")
_ENOUGH = 2_000
_COMPILED = {form: re.compile(pattern) for form, pattern in _FORMS.items()}
_TIME_OF_DAY = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?")


def form_of(cell: str) -> str | None:
    """How the date is written; `either` where day and month can be exchanged, None for what is no date."""
    forms = [form for form, pattern in _COMPILED.items() if _is_date(pattern.match(cell.strip()))]
    if len(forms) < 2:
        return forms[0] if forms else None
    match = _COMPILED["day first"].match(cell.strip())
    same = match is not None and int(match["day"]) == int(match["month"])
    return "same" if same else _EITHER


def _is_date(match: re.Match[str] | None) -> bool:
    if match is None:
        return False
    parts = match.groupdict()
    if "name" in parts:
        return parts["name"][:3].lower() in _MONTHS
    return 1 <= int(parts["month"]) <= 12 and 1 <= int(parts["day"] or 1) <= 31


def is_time(cell: str) -> bool:
    """Whether it is a date, with or without a time."""
    return form_of(cell) is not None


def is_time_of_day(cell: str) -> bool:
    """Whether it is a time that lacks its date."""
    return bool(_TIME_OF_DAY.fullmatch(cell.strip()))


class DateForms:
    """How the dates of a column are written, as far as the cells tell."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def add(self, cells: pyarrow.Array) -> None:
        """Take cells into account: the first, and those that would decide."""
        self._add(cells.slice(0, _ENOUGH))
        if self.ambiguous:
            for decisive in _DECISIVE:
                self._add(cells.filter(pc.match_substring_regex(cells, decisive)).slice(0, _ENOUGH))

    def _add(self, cells: pyarrow.Array) -> None:
        for cell in cells.to_pylist():
            if (form := form_of(cell)) is not None:
                self._found.setdefault(form, cell.strip())

    @property
    def ambiguous(self) -> bool:
        """Whether only dates were found of which day and month can be exchanged."""
        return bool(self._found) and set(self._found) <= {_EITHER, "same"}

    def form(self, given: str | None) -> str:
        """The form of most dates.

        Raises:
            InvalidParameter: day and month can be exchanged, or are from one date to the next.
        """
        numeric = {"day first", "month first", _EITHER, "same"} & set(self._found)
        if not numeric:
            return next(iter(self._found))
        if given is not None:
            return given.replace("_", " ")
        orders = {"day first", "month first"} & numeric
        if len(orders) == 1:
            return orders.pop()
        date = next(self._found[kind] for kind in (_EITHER, "same", "day first") if kind in self._found)
        raise InvalidParameter(
            f"dates: {_question(date, both=bool(orders))}; dates=day_first or dates=month_first decides"
        )


def _question(date: str, both: bool) -> str:
    if both:
        return "in some dates the day is first, in others the month"
    first, second, year = re.split("[/-]", date[:10].split()[0])[:3]
    a, b = _MONTHS[int(second) - 1].title(), _MONTHS[int(first) - 1].title()
    return f"{date} can be {int(first)} {a} {year[:4]} or {int(second)} {b} {year[:4]}"


@dataclass
class Clock:
    """Times as seconds since the first that it sees."""

    first: np.datetime64 | None = None
    zoned: bool | None = None  # whether they have a zone: they are then in UTC

    def seconds(self, times: Times, zoned: bool) -> Array:
        """Seconds since the first time, NaN for NaT; raises where some have a zone and others have none."""
        known = times[~np.isnat(times)]
        if not len(known):
            return np.full(len(times), np.nan)
        if self.zoned not in (None, zoned):
            raise InvalidParameter("x_column: some times have a zone, others have none")
        self.zoned = zoned
        if self.first is None:
            self.first = known[0]
        elapsed = times - self.first
        unit = int(np.array(1, "timedelta64[s]").astype(elapsed.dtype).astype(np.int64))
        ticks = elapsed.astype(np.int64)
        seconds = ticks // unit + (ticks % unit) / unit
        return np.where(np.isnat(times), np.nan, seconds)

    def at(self, seconds: float) -> str:
        """The time so many seconds after the first, as ISO 8601 writes it."""
        assert self.first is not None, "asked for after the times were read"
        moment = self.first.astype("datetime64[us]") + np.timedelta64(round(seconds * 1e6), "us")
        text = str(moment).removesuffix(".000000")
        return f"{text}+00:00" if self.zoned else text


def to_times(cells: pyarrow.Array, form: str) -> tuple[Times, bool]:
    """The times that the cells say in this form, NaT for what says none, and whether they have a zone.

    Raises:
        InvalidParameter: some have a zone, others have none.
    """
    found = pc.extract_regex(pc.utf8_trim_whitespace(cells), _FORMS[form])
    valid = pc.is_valid(found).to_numpy(zero_copy_only=False)
    parts = {field.name: found.field(field.name) for field in found.type}
    zones, zoned = _zones(parts.get("zone"), valid)
    hours = _hours(parts, valid)
    day = _days(parts, valid)
    seconds = 3600 * hours + 60 * _integers(parts, "minute", 0) + _integers(parts, "second", 0)
    times = day.astype("datetime64[s]") + (seconds - zones).astype("timedelta64[s]")
    return times + _fractions(parts, len(valid)), zoned


def _integers(parts: dict[str, pyarrow.Array], name: str, default: int) -> NDArray[np.int64]:
    """A part of each time as a number; what is not there is the default."""
    if name not in parts:
        return np.array([default], np.int64)
    text = pc.fill_null(parts[name], "")
    text = pc.if_else(pc.equal(text, ""), str(default), text)
    numbers: NDArray[np.int64] = text.cast(pyarrow.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _days(parts: dict[str, pyarrow.Array], valid: NDArray[np.bool_]) -> Times:
    """The date of each time, NaT where there is none such, as 30 February."""
    month = _named_months(parts["name"]) if "name" in parts else _integers(parts, "month", 1)
    year, day = _integers(parts, "year", 1970), _integers(parts, "day", 1)
    valid &= (month >= 1) & (month <= 12)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    valid &= days.astype("datetime64[M]") == months
    return np.where(valid, days, np.datetime64("NaT", "D"))


def _named_months(names: pyarrow.Array) -> NDArray[np.int64]:
    """1 to 12, 0 for what is no month's name."""
    known = pc.index_in(pc.utf8_lower(pc.utf8_slice_codeunits(names, 0, 3)), pyarrow.array(_MONTHS))
    months: NDArray[np.int64] = pc.add(pc.fill_null(known.cast(pyarrow.int64()), -1), 1).to_numpy(zero_copy_only=False)
    return months


def _hours(parts: dict[str, pyarrow.Array], valid: NDArray[np.bool_]) -> NDArray[np.int64]:
    hour = _integers(parts, "hour", 0)
    minute, second = _integers(parts, "minute", 0), _integers(parts, "second", 0)
    valid &= ((hour < 24) | ((hour == 24) & (minute + second == 0))) & (minute < 60) & (second <= 60)
    if "half" not in parts:
        return hour
    half = pc.utf8_lower(pc.fill_null(parts["half"], "")).to_numpy(zero_copy_only=False)
    return np.where(half == "", hour, hour % 12 + 12 * (half == "p"))


def _fractions(parts: dict[str, pyarrow.Array], count: int) -> NDArray[np.timedelta64]:
    if "fraction" not in parts:
        return np.zeros(count, "timedelta64[s]")
    digits = pc.utf8_rpad(pc.fill_null(parts["fraction"], ""), 9, "0")
    nanoseconds = digits.cast(pyarrow.int64()).to_numpy(zero_copy_only=False)
    if not nanoseconds.any():  # years before 1678 are beyond a count of nanoseconds
        return np.zeros(count, "timedelta64[s]")
    exact = bool((nanoseconds % 1000 == 0).all())
    fractions: NDArray[np.timedelta64] = nanoseconds.astype("timedelta64[ns]")
    return fractions.astype("timedelta64[us]") if exact else fractions


def _zones(zones: pyarrow.Array | None, valid: NDArray[np.bool_]) -> tuple[NDArray[np.int64], bool]:
    """What is to be subtracted from each time to be in UTC, in seconds, and whether the times have a zone."""
    if zones is None:
        return np.zeros(1, np.int64), False
    text = pc.fill_null(zones, "")
    there = pc.not_equal(text, "").to_numpy(zero_copy_only=False)
    if there[valid].any() and not there[valid].all():
        raise InvalidParameter("x_column: some times have a zone, others have none")
    shifts: NDArray[np.int64] = np.zeros(len(there), np.int64)
    for zone in pc.unique(text).to_pylist():
        if zone[:1] in ("+", "-") and zone:
            digits = zone[1:].replace(":", "").ljust(4, "0")
            size = 3600 * int(digits[:2]) + 60 * int(digits[2:])
            shifts[pc.equal(text, zone).to_numpy(zero_copy_only=False)] = size if zone[0] == "+" else -size
    return shifts, bool(there.any())
