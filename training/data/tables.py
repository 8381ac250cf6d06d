"""What readers of tables share: which columns are asked for, rows as numbers, the limits, refusals in one line."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from reprlib import Repr

import numpy as np
import pyarrow
from numpy.typing import NDArray

from training.arrays import Array
from training.errors import InvalidParameter

Role = tuple[str, str]  # the parameter that asks for a column, and the column's name

# They bound the time and the memory; a number takes 8 bytes, and sorting holds the table twice.
MAX_ROWS = 10_000_000
MAX_BYTES = 2 * 1024**3
CHUNK_ROWS = 10_000
_LISTED = 20

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 60
short = _REPR.repr  # a value on one short line, whatever the file holds


@dataclass(frozen=True)
class Columns:
    """Which columns of a file are used: by name, or by number from 1."""

    x: str = "x"
    y: str = "y"
    standard_error: str | None = None
    derivatives: tuple[str, ...] = ()  # of y', y'' and so on
    more_x: tuple[str, ...] = ()  # of the further variables
    more_y: tuple[str, ...] = ()  # of the further outputs

    @property
    def roles(self) -> tuple[Role, ...]:
        """Each parameter that asks for a column, with the column."""
        variables = [("x_column", column) for column in (self.x, *self.more_x)]
        outputs = [("y_column", column) for column in (self.y, *self.more_y)]
        errors = [] if self.standard_error is None else [("error_column", self.standard_error)]
        derivatives = [("match_derivatives", column) for column in self.derivatives]
        return *variables, *outputs, *errors, *derivatives


@dataclass(frozen=True)
class Given:
    """What the user says of a file's form; None is found in the file."""

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    comment: str | None = None
    skip_lines: int | None = None
    header: bool | None = None
    dates: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Chunk:
    """Some rows as numbers (rows, roles), NaN for what is none.

    Attributes:
        rows: the place of each row in the file, from 1, (rows,).
        cells: of text, the cells as they are written, by role.
        strays: places and texts of lines between these rows that are no rows.
    """

    numbers: Array
    rows: NDArray[np.int64]
    cells: Sequence[pyarrow.Array] | None = None
    strays: Sequence[tuple[int, str]] = ()


@dataclass
class Table:
    """An opened file.

    Attributes:
        description: what the reader took the file for.
        place: what the rows are counted by: line or row.
        origin: the time that x = 0 stands for, once the chunks are read, of seconds x from the reader's first time;
            None where x are numbers.
        notes: what was left out beside rows, once the chunks are read.
    """

    roles: tuple[Role, ...]
    chunks: Generator[Chunk]
    description: str
    place: str = "row"
    origin: Callable[[float], str] | None = None
    notes: list[str] = field(default_factory=list)


def refused(parameter: str, message: str) -> InvalidParameter:
    """The refusal in one line that starts with the parameter to mend."""
    return InvalidParameter(" ".join(f"{parameter}: {message}".split()))


def unreadable(path: Path, error: Exception) -> InvalidParameter:
    """The refusal of a file for what a library says of it."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return refused("data", f"{path} cannot be read: {reason[:200]}")


def refuse_too_many(path: Path, rows: int) -> None:
    """Raise where there are more rows than the limit."""
    if rows > MAX_ROWS:
        raise refused("data", f"{path} has more than {MAX_ROWS:,} rows, which is the limit")


def indices(path: Path, columns: Columns, names: Sequence[str] | None, width: int) -> list[int]:
    """The index of each role's column; raises where a column has two roles, or is not in the file exactly once.

    Without names, columns go by number; x and y are then the first and the second of two.
    """
    taken: dict[int, str] = {}
    for parameter, column in columns.roles:
        index = _index(path, parameter, column, names, width)
        if index in taken:
            raise refused(parameter, f"{short(column)} is named twice, first as the {taken[index]}")
        taken[index] = parameter
    return list(taken)


def _index(path: Path, parameter: str, column: str, names: Sequence[str] | None, width: int) -> int:
    known = list(names or ())
    if known.count(column) == 1:
        return known.index(column)
    if known.count(column) > 1:
        raise refused(parameter, f"{path} has {known.count(column)} columns named {short(column)}; {_by_number(known)}")
    if column.isascii() and column.isdigit() and 1 <= int(column) <= width:
        return int(column) - 1
    if names is None and width == 2 and column in ("x", "y"):
        return ("x", "y").index(column)
    if names is None:
        raise refused(parameter, f"{path} has no names for its {width} columns, so no column {short(column)}; "
                      f"take them by number, as x_column=1 y_column={min(2, width)}")  # fmt: skip
    raise refused(parameter, f"{path} has no column {short(column)}; {_suggestion(column, known)}it has {_list(known)}")


def _by_number(names: Sequence[str]) -> str:
    return f"take one by its number, 1 to {len(names)}"


def _suggestion(column: str, names: Sequence[str]) -> str:
    lower = {name.lower(): name for name in reversed(names) if name}
    close = get_close_matches(column.lower(), lower, 1)
    return f"did you mean {short(lower[close[0]])}? " if close else ""


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(map(short, names[:_LISTED])) + more
