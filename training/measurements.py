"""Measured points from a file of the user: CSV, Parquet or NumPy; nothing that is read can run code."""

import csv
import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from operator import itemgetter
from pathlib import Path
from reprlib import Repr
from typing import Any, Literal

import numpy as np
import pyarrow
import pyarrow.parquet
from numpy.typing import NDArray

from training.errors import InvalidParameter

Array = NDArray[np.float64]
Role = tuple[str, str]  # the parameter that asks for a column, and the column's name

# They bound the time and the memory; a number takes 8 bytes, and sorting holds the table twice.
MAX_ROWS = 10_000_000
MAX_BYTES = 2 * 1024**3
CHUNK_ROWS = 10_000

# Within them the squares of numbers and of ranges, as in variances and weights, are normal float64.
LARGEST, SMALLEST = 1e150, 1e-150

# What the readers raise where a file is not what its suffix says.
_MALFORMED = (OSError, ValueError, csv.Error, pyarrow.ArrowException)

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 60
_short = _REPR.repr  # a value on one short line, whatever the file holds


@dataclass(frozen=True)
class Columns:
    """Which columns of a file are used."""

    x: str = "x"
    y: str = "y"
    standard_error: str | None = None
    derivatives: tuple[str, ...] = ()  # of y', y'' and so on

    @property
    def roles(self) -> tuple[Role, ...]:
        errors = [] if self.standard_error is None else [("error_column", self.standard_error)]
        slopes = [("match_derivatives", column) for column in self.derivatives]
        return ("x_column", self.x), ("y_column", self.y), *errors, *slopes


@dataclass(frozen=True)
class Measurements:
    """Rows sorted by x; equal x are repeated measurements and stay in the order of the file."""

    x: Array
    y: Array
    standard_error: Array | None
    slopes: dict[int, Array]  # the given derivatives by order
    dropped: int  # how many rows were left out
    digest: str  # SHA-256 of the file in hex


@dataclass(frozen=True)
class _Chunk:
    """Some rows as numbers (rows, roles), NaN for what is none; of text also each row's line and cells."""

    roles: tuple[Role, ...]
    numbers: Array
    lines: Sequence[tuple[int, Sequence[str]]] | None = None

    def usable(self) -> NDArray[np.bool_]:
        """Which cells are finite and, where they are standard errors, > 0; shape (rows, roles)."""
        bounds = [0.0 if parameter == "error_column" else -np.inf for parameter, _ in self.roles]
        usable: NDArray[np.bool_] = np.isfinite(self.numbers) & (self.numbers > bounds)
        return usable

    def first_unusable(self, rows_before: int) -> str:
        """Where the first cell is that can not be used, and why it can not."""
        row, role = (int(index) for index in np.argwhere(~self.usable())[0])
        reason = "not greater than 0" if np.isfinite(self.numbers[row, role]) else "not a finite number"
        place, value = f"row {rows_before + row + 1}", str(self.numbers[row, role])
        if self.lines is not None:
            place, value = f"line {self.lines[row][0]}", _short(self.lines[row][1][role])
        return f"{place}: column {_short(self.roles[role][1])} is {value}, {reason}"


def read(path: Path, columns: Columns, invalid_rows: Literal["refuse", "drop"]) -> Measurements:
    """The measurements in a file.

    Raises:
        InvalidParameter: the file can not be read or is too large, it has not all the columns, rows have cells that
            are no finite numbers (unless those are to be dropped), or what remains determines no curve; in one line
            that starts with the parameter to mend.
    """
    chunks_of = _reader(path)
    try:
        with path.open("rb") as file, closing(chunks_of(path, columns)) as chunks:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            roles, table, dropped, first = _collect(path, chunks)
    except _MALFORMED as error:
        raise _unreadable(path, error) from error
    if dropped and invalid_rows == "refuse":
        raise _refused("data", f"{path} has {dropped} unusable row(s), first {first}; invalid_rows=drop omits them")
    _refuse_unfittable(path, roles, table)
    order = np.argsort(table[:, 0], kind="stable")
    x, y, *others = (table[order, index] for index in range(len(roles)))
    standard_error = others.pop(0) if "error_column" in dict(roles) else None
    return Measurements(x, y, standard_error, dict(enumerate(others, 1)), dropped, digest)


def _refused(parameter: str, message: str) -> InvalidParameter:
    return InvalidParameter(" ".join(f"{parameter}: {message}".split()))


def _unreadable(path: Path, error: Exception) -> InvalidParameter:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _refused("data", f"{path} can not be read: {reason[:200]}")


def _reader(path: Path) -> Callable[[Path, Columns], Generator[_Chunk, None, None]]:
    """The reader of the file's format; of the file itself only the status is looked at."""
    suffix = path.suffix.lower()
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not path.is_file():
        raise _refused("data", f"{path} is {'a folder' if path.is_dir() else 'not a regular file'}")
    if suffix not in _READERS:
        raise _refused("data", f"{path} has an unknown suffix; allowed are {', '.join(_READERS)}")
    if status.st_size == 0:
        raise _refused("data", f"{path} is empty")
    if status.st_size > MAX_BYTES:
        raise _refused("data", f"{path} has {status.st_size:,} bytes; at most {MAX_BYTES:,} are allowed")
    return _READERS[suffix]


def _collect(path: Path, chunks: Iterator[_Chunk]) -> tuple[tuple[Role, ...], Array, int, str]:
    """The roles, the usable rows (n, roles), how many others there are and where the first of them is."""
    tables, rows, first = [], 0, ""
    for chunk in chunks:
        usable: NDArray[np.bool_] = np.all(chunk.usable(), axis=1)
        if not first and not usable.all():
            first = chunk.first_unusable(rows)
        tables.append(chunk.numbers[usable])
        rows += len(usable)
        _refuse_too_many(path, rows)
    if not rows:
        raise _refused("data", f"{path} has no rows")
    table = np.concatenate(tables)
    return chunk.roles, table, rows - len(table), first


def _refuse_too_many(path: Path, rows: int) -> None:
    if rows > MAX_ROWS:
        raise _refused("data", f"{path} has more than {MAX_ROWS:,} rows, which is the limit")


def _refuse_unfittable(path: Path, roles: Sequence[Role], table: Array) -> None:
    """Refuses rows (n, roles) that determine no curve, or one that float64 can not compute with."""
    distinct = np.unique(table[:, 0])
    if len(distinct) < 3:
        there = " and ".join(map(str, distinct)) or "none"
        raise _refused("x_column", f"{path} has too few distinct x in its usable rows, {there}; at least 3 are needed")
    if np.all(table[:, 1] == table[0, 1]):
        raise _refused("y_column", f"every y of {path} is {table[0, 1]}; a constant needs no fit")
    for (parameter, _), numbers in zip(roles, table.T, strict=True):
        low, high = float(numbers.min()), float(numbers.max())
        smallest = {"x_column": high - low, "y_column": high - low, "error_column": low}.get(parameter, SMALLEST)
        if max(-low, high) > LARGEST or smallest < SMALLEST:
            raise _refused(parameter, f"{path} has numbers beyond ±{LARGEST} or closer than {SMALLEST}: {low}, {high}")


def _roles(path: Path, columns: Columns, names: Sequence[str]) -> tuple[Role, ...]:
    """The roles of the columns; raises where a column has two, or is not in the file exactly once."""
    taken: dict[str, str] = {}
    for parameter, column in columns.roles:
        if column in taken:
            raise _refused(parameter, f"{_short(column)} is named twice, first as the {taken[column]}")
        if column not in names:
            there = ", ".join(map(_short, names[:20])) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
            raise _refused(parameter, f"{path} has no column {_short(column)}; it has {there}")
        if names.count(column) > 1:
            raise _refused(parameter, f"{path} has {names.count(column)} columns named {_short(column)}")
        taken[column] = parameter
    return columns.roles


def _csv(path: Path, columns: Columns) -> Generator[_Chunk, None, None]:
    """By Python's own reader: it knows every row's line, and guesses no types."""
    with path.open(encoding="utf-8-sig", newline="") as file:  # Excel writes a byte order mark
        header = next((line for line in file if line.strip()), "")
        delimiter = _delimiter(header, {column for _, column in columns.roles})
        file.seek(0)
        rows = _rows(path, csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True))
        names = _names(path, rows)
        roles = _roles(path, columns, names)
        cells_of = itemgetter(*(names.index(column) for _, column in roles))
        lines = ((line, cells_of(_filled(path, line, cells, len(names)))) for line, cells in rows)
        while chunk := list(islice(lines, CHUNK_ROWS)):
            yield _Chunk(roles, np.array([[_number(text) for text in cells] for _, cells in chunk]), chunk)


def _delimiter(header: str, wanted: set[str]) -> str:
    """The one that finds all wanted columns, else any; the comma last, because it may be in numbers."""

    def score(delimiter: str) -> tuple[bool, bool]:
        cells = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
        return wanted <= set(map(str.strip, cells)), len(cells) > 1

    return max("\t;,", key=score)


def _rows(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row's first line and cells; blank lines are no rows."""
    line = 1
    try:
        for cells in reader:
            if len(cells) > 1 or any(map(str.strip, cells)):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _refused("data", f"{path} can not be read: line {line}: {error}") from error


def _names(path: Path, rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    """The names of the columns; raises where the first row has numbers instead, be it with decimal commas."""
    names = [cell.strip() for cell in next(rows, (1, []))[1]]
    if all(np.isfinite(_number(name.replace(",", "."))) for name in names):
        cells = ", ".join(map(_short, names[:20])) or "blank"
        raise _refused("data", f"{path} has no header line; its first line, to name the columns, is {cells}")
    return names


def _filled(path: Path, line: int, cells: list[str], width: int) -> list[str]:
    """The row's cells, empty where it ends early; raises where it has more than the header, as with decimal commas."""
    if any(map(str.strip, cells[width:])):
        raise _refused("data", f"{path} line {line} has {len(cells)} cells, but the header names {width} columns")
    return cells if len(cells) >= width else cells + [""] * (width - len(cells))


def _number(text: str) -> float:
    """The number that the text says, or NaN; 1_000 and digits beyond ASCII, which Python takes, are none."""
    try:
        return float(text) if text.isascii() and "_" not in text else np.nan
    except ValueError:
        return np.nan


def _parquet(path: Path, columns: Columns) -> Generator[_Chunk, None, None]:
    with pyarrow.parquet.ParquetFile(path) as file:
        _refuse_too_many(path, file.metadata.num_rows)
        schema, types = file.schema_arrow, pyarrow.types
        roles = _roles(path, columns, schema.names)
        names = [column for _, column in roles]
        for parameter, name in roles:
            kind = schema.field(name).type
            if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
                raise _refused(parameter, f"{_short(name)} of {path} holds {_short(str(kind))}, not numbers")
        for batch in file.iter_batches(CHUNK_ROWS, columns=names):
            numbers = [batch.column(name).cast(pyarrow.float64(), safe=False) for name in names]
            yield _Chunk(roles, np.column_stack([cells.to_numpy(zero_copy_only=False) for cells in numbers]))


def _npy(path: Path, columns: Columns) -> Generator[_Chunk, None, None]:
    """Mapped into memory, so that only the header is read before the limit is checked; it takes no pickles."""
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # its parser of the header raises anything
        raise _unreadable(path, error) from error
    fields = _fields(path, array)
    _refuse_too_many(path, len(array))
    if array.dtype.names is None and len(fields) == 3 and columns.standard_error is None:
        columns = replace(columns, standard_error="standard_error")
    roles = _roles(path, columns, list(fields))
    for parameter, name in roles:
        if fields[name].dtype.kind not in "iuf" or fields[name].ndim != 1:
            raise _refused(parameter, f"{_short(name)} of {path} holds {_short(fields[name].dtype.str)}, not numbers")
    for start in range(0, len(array), CHUNK_ROWS):
        with np.errstate(over="ignore"):
            numbers = [fields[name][start : start + CHUNK_ROWS].astype(np.float64) for _, name in roles]
        yield _Chunk(roles, np.column_stack(numbers))


def _fields(path: Path, array: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The array's columns by name; without named fields they are x, y and standard_error by position."""
    if array.ndim == 1 and array.dtype.names:
        return {name: array[name] for name in array.dtype.names}
    if array.ndim == 2 and array.shape[1] in (2, 3) and not array.dtype.names:
        return dict(zip(("x", "y", "standard_error"), array.T, strict=False))
    raise _refused("data", f"{path} has the shape {array.shape}, not (n, 2), (n, 3) or, with named fields, (n,)")


_READERS = {".csv": _csv, ".tsv": _csv, ".parquet": _parquet, ".npy": _npy}
