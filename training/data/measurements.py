"""Measured points from a file of the user: text, Excel, Parquet or NumPy; nothing that is read can run code."""

import csv
import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow
from numpy.typing import NDArray

from training.arrays import Array
from training.data import sources, tables
from training.data.array_tables import open_npy, open_npz, open_parquet
from training.data.faults import Faults
from training.data.tables import Columns, Given, Role, Table, refuse_too_many, refused, unreadable
from training.data.text_tables import open_text_table
from training.data.workbooks import open_workbook

log = logging.getLogger("derivable.training")

# Within them the squares of numbers and of ranges, as in variances and weights, are normal float64.
LARGEST, SMALLEST = 1e150, 1e-150

# What the readers raise where a file is not what its suffix says.
_MALFORMED = (OSError, EOFError, ValueError, csv.Error, pyarrow.ArrowException)

# How the files of a suffix begin.
_MAGIC = {".parquet": b"PAR1", ".npy": b"\x93NUMPY", ".npz": b"PK", ".xlsx": b"PK"}

_OPENERS: dict[str, Callable[[Path, Columns, Given], Table]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".dat", ".xy", ".gz"), open_text_table),
    ".xlsx": open_workbook,
    ".parquet": open_parquet,
    ".npy": open_npy,
    ".npz": open_npz,
}


@dataclass(frozen=True)
class Measurements:
    """Rows sorted by x; equal x are repeated measurements and stay in the order of the file.

    Attributes:
        x: where it was measured; of times, seconds since the first.
        derivatives: the given derivatives by order.
        rows: the place of each in the file, counted by `place`, from 1.
        faults: the rows that were left out.
        digest: SHA-256 of the file in hex.
        description: what the file was taken for.
        origin: the time that x = 0 stands for, as ISO 8601 writes it; None where x are numbers.
        notes: what else was left out.
    """

    x: Array
    y: Array
    standard_error: Array | None
    derivatives: dict[int, Array]
    rows: NDArray[np.int64]
    faults: Faults
    digest: str
    description: str = ""
    origin: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def dropped(self) -> int:
        """How many rows were left out."""
        return self.faults.count

    @property
    def left_out(self) -> list[str]:
        """What of the file the fit does not see, a sentence each."""
        return [*self.faults.left_out, *self.notes]


def read(
    path: Path, columns: Columns, invalid_rows: Literal["refuse", "drop"], given: Given | None = None
) -> Measurements:
    """The measurements of one variable in a file; a line of the log says what it was taken for.

    Raises:
        InvalidParameter: as read_rows; or what remains determines no curve.
    """
    found = read_rows(path, columns, invalid_rows, given)
    numbers, origin = found.numbers, None
    if found.table.origin is not None:
        first = float(numbers[:, 0].min())
        numbers[:, 0] -= first
        origin = found.table.origin(first)
    _refuse_unfittable(path, found.table.roles, numbers)
    order = np.argsort(numbers[:, 0], kind="stable")
    x, y, *others = (numbers[order, index] for index in range(len(found.table.roles)))
    standard_error = others.pop(0) if "error_column" in dict(found.table.roles) else None
    said = (found.faults, found.digest, found.table.description, origin, found.table.notes)
    return Measurements(x, y, standard_error, dict(enumerate(others, 1)), found.places[order], *said)


@dataclass(frozen=True)
class Rows:
    """The usable rows of a file.

    Attributes:
        numbers: (n, roles), a column for each role of the table.
        places: the place of each in the file, from 1, (n,).
        faults: the rows that were left out.
        digest: SHA-256 of the file in hex.
    """

    table: Table
    numbers: Array
    places: NDArray[np.int64]
    faults: Faults
    digest: str


def read_rows(
    path: Path, columns: Columns, invalid_rows: Literal["refuse", "drop"], given: Given | None = None
) -> Rows:
    """The usable rows of a file.

    Raises:
        InvalidParameter: the file cannot be read, can be read in two ways or is too large, it has not all the columns,
            or rows have cells that are no finite numbers (unless those are to be dropped); in one line that starts with
            the parameter to mend.
    """
    given = given or Given()
    opener = _opener(path)
    try:
        _refuse_misnamed(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            return _usable(path, opener(path, columns, given), invalid_rows, digest)
        except UnicodeDecodeError:  # beyond what the encoding was told by
            if given.encoding is not None:
                raise
            given = replace(given, encoding=sources.FALLBACK)
            return _usable(path, opener(path, columns, given), invalid_rows, digest)
    except UnicodeDecodeError as error:
        reason = f"its byte {error.start} is not {error.encoding}; encoding names what it is in"
        raise refused("encoding", f"{path} cannot be read: {reason}") from error
    except _MALFORMED as error:
        raise unreadable(path, error) from error


def _usable(path: Path, table: Table, invalid_rows: Literal["refuse", "drop"], digest: str) -> Rows:
    log.info("%s: %s", path.name, table.description)
    faults, numbers, places = _collect(path, table)
    if faults.count and invalid_rows == "refuse":
        told = f"{path} has {faults.count:,} unusable row(s) of {faults.rows:,}: {faults.describe()}; {faults.advice()}"
        raise refused("data", told)
    if not len(numbers):
        raise refused("data", f"{path} has no usable rows: {faults.describe()}")
    return Rows(table, numbers, places, faults, digest)


def _opener(path: Path) -> Callable[[Path, Columns, Given], Table]:
    """The reader of the file's format; of the file itself only the status is looked at."""
    suffix = path.suffix.lower()
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not path.is_file():
        raise refused("data", f"{path} is {'a folder' if path.is_dir() else 'not a regular file'}")
    if suffix not in _OPENERS:
        raise refused("data", f"{path} has an unknown suffix; allowed are {', '.join(_OPENERS)}")
    if status.st_size == 0:
        raise refused("data", f"{path} is empty")
    if status.st_size > tables.MAX_BYTES:
        raise refused("data", f"{path} has {status.st_size:,} bytes; at most {tables.MAX_BYTES:,} are allowed")
    return _OPENERS[suffix]


def _refuse_misnamed(path: Path) -> None:
    """Raise where the file is not what its suffix says."""
    magic = _MAGIC.get(path.suffix.lower(), b"")
    with path.open("rb") as file:
        if not file.read(len(magic)).startswith(magic):
            what = sources.what_is(path) or "text, perhaps"
            raise refused("data", f"{path} cannot be read: it is not a {path.suffix} file but {what}")


def _collect(path: Path, table: Table) -> tuple[Faults, Array, NDArray[np.int64]]:
    """What is wrong with rows, those that can be used (n, roles), and their places in the file."""
    faults, numbers, rows = Faults(table.place), [], []
    with closing(table.chunks) as chunks:
        for chunk in chunks:
            usable = faults.usable(chunk, table.roles)
            numbers.append(chunk.numbers[usable])
            rows.append(chunk.rows[usable])
            refuse_too_many(path, faults.rows)
    if not faults.rows:
        raise refused("data", f"{path} has no rows")
    return faults, np.concatenate(numbers), np.concatenate(rows)


def _refuse_unfittable(path: Path, roles: Sequence[Role], table: Array) -> None:
    """Refuses rows (n, roles) that determine no curve, or one that float64 cannot compute with."""
    distinct = np.unique(table[:, 0])
    if len(distinct) < 3:
        there = " and ".join(map(str, distinct)) or "none"
        raise refused("x_column", f"{path} has too few distinct x in its usable rows, {there}; at least 3 are needed")
    if np.all(table[:, 1] == table[0, 1]):
        raise refused("y_column", f"every y of {path} is {table[0, 1]}; a constant needs no fit")
    for (parameter, _), numbers in zip(roles, table.T, strict=True):
        low, high = float(numbers.min()), float(numbers.max())
        smallest = {"x_column": high - low, "y_column": high - low, "error_column": low}.get(parameter, SMALLEST)
        if max(-low, high) > LARGEST or smallest < SMALLEST:
            raise refused(parameter, f"{path} has numbers beyond ±{LARGEST} or closer than {SMALLEST}: {low}, {high}")
