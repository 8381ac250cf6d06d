"""Rows that cannot be used: how many, why, where the first is, and what to do about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow
import pyarrow.compute as pc
from numpy.typing import NDArray

from training.data.numerals import INFINITE, MISSING, NUMBER
from training.data.tables import Chunk, Role, short

# So many rows, or so large a part of all, can be left out without a second thought.
_FEW, _SMALL_PART = 3, 0.1

_MISSING, _WORD, _FORMAT, _INFINITE, _NOT_POSITIVE = (
    "is missing",
    "is not a number",
    "is a number in another format",
    "is not a finite number",
    "is not greater than 0",
)
_ZERO = "is 0"
_NO_ROW = "is no row of the table"
_NO_WEIGHT = (
    "an error of 0 is no weight, and without these rows the fit is biased, since of counts they are the lowest: "
    "give counts N the error sqrt(max(N, 1)), others a floor, or leave error_column out, and the noise is estimated"
)


@dataclass
class Fault:
    """Rows with the same fault: how many, and the place and the text of the first."""

    count: int
    place: str
    value: str


@dataclass
class Faults:
    """What is wrong with the rows of a table.

    Attributes:
        place: what rows are counted by.
        rows: how many there are, with those that cannot be used.
        found: by the column's role, None for a whole line, and what is wrong.
    """

    place: str
    rows: int = 0
    found: dict[tuple[Role | None, str], Fault] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows cannot be used."""
        return sum(fault.count for fault in self.found.values())

    @property
    def left_out(self) -> list[str]:
        """A sentence on the rows that were left out; nothing where none was."""
        if not self.count:
            return []
        biased = f"; {self.bias}" if self.bias else ""
        return [f"{self.count:,} of {self.rows:,} rows were left out: {self.describe()}{biased}"]

    def usable(self, chunk: Chunk, roles: Sequence[Role]) -> NDArray[np.bool_]:
        """Which rows of a chunk can be used, (rows,); what is wrong with the others is noted."""
        bounds = [0.0 if parameter == "error_column" else -np.inf for parameter, _ in roles]
        good: NDArray[np.bool_] = np.isfinite(chunk.numbers) & (chunk.numbers > bounds)
        usable: NDArray[np.bool_] = np.all(good, axis=1)
        self.rows += len(usable) + len(chunk.strays)
        if chunk.strays:
            line, text = chunk.strays[0]
            self._note(None, _NO_ROW, len(chunk.strays), line, short(text))
        if not usable.all():
            first = np.where(usable, -1, np.argmin(good, axis=1))
            for index, role in enumerate(roles):
                self._note_column(chunk, index, role, np.flatnonzero(first == index))
        return usable

    def _note_column(self, chunk: Chunk, index: int, role: Role, rows: NDArray[np.intp]) -> None:
        numbers = chunk.numbers[rows, index]
        cells = None if chunk.cells is None else chunk.cells[index].take(pyarrow.array(rows))
        for reason, which in _reasons(numbers, cells).items():
            if len(at := np.flatnonzero(which)):
                value = str(numbers[at[0]]) if cells is None else short(cells[int(at[0])].as_py())
                self._note(role, reason, len(at), int(chunk.rows[rows[at[0]]]), value)

    def _note(self, role: Role | None, reason: str, count: int, place: int, value: str) -> None:
        fault = self.found.setdefault((role, reason), Fault(0, f"{self.place} {place}", value))
        fault.count += count

    def reasons(self) -> dict[str, int]:
        """How many rows there are for each reason, most first."""
        told = {_told(role, reason): fault.count for (role, reason), fault in self.found.items()}
        return dict(sorted(told.items(), key=lambda item: -item[1]))

    def describe(self) -> str:
        """Each reason with its rows and the first of them."""
        faults = sorted(self.found.items(), key=lambda item: -item[1].count)
        return "; ".join(
            f"{_told(role, reason)} in {fault.count:,} (first {fault.place}: {fault.value})"
            for (role, reason), fault in faults
        )

    @property
    def bias(self) -> str:
        """Why leaving the rows out would bias the fit, empty where it does not."""
        zeros = sum(fault.count for (_, reason), fault in self.found.items() if reason == _ZERO)
        return _NO_WEIGHT if zeros else ""

    def advice(self) -> str:
        """What to do: leave the rows out only where they are few, and no other reading would mend them."""
        if self.bias:
            return self.bias
        if any(reason == _FORMAT for _, reason in self.found):
            return "decimal, thousands and separator say how numbers are written"
        if self.count > max(_FEW, _SMALL_PART * self.rows) or 2 * self.count > self.rows:
            return "too many to be left out: mend the file, or name other columns"
        return "invalid_rows=drop omits them"


def _told(role: Role | None, reason: str) -> str:
    return f"the line {reason}" if role is None else f"column {short(role[1])} {reason}"


def _reasons(numbers: NDArray[np.float64], cells: pyarrow.Array | None) -> Mapping[str, NDArray[np.bool_]]:
    """The unusable cells that each reason holds for."""
    finite = np.isfinite(numbers)
    reasons = {_ZERO: finite & (numbers == 0), _NOT_POSITIVE: finite & (numbers != 0)}
    if cells is None:
        return reasons | {_MISSING: np.isnan(numbers), _INFINITE: np.isinf(numbers)}
    text = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    missing, infinite = _among(text, MISSING), _among(text, INFINITE) | np.isinf(numbers)
    written = pc.match_substring_regex(text, NUMBER).to_numpy(zero_copy_only=False) & ~finite & ~infinite
    other = ~finite & ~missing & ~infinite & ~written
    return reasons | {_MISSING: missing & ~finite, _INFINITE: infinite, _FORMAT: written, _WORD: other}


def _among(text: pyarrow.Array, words: Iterable[str]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.is_in(text, pyarrow.array(sorted(words))).to_numpy(zero_copy_only=False)
    return found
