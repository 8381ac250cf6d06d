"""Tables of text, a block of lines at a time, so that memory does not grow with the file.

The rows of a block are cut into cells by PyArrow; by Python's own reader where there are quotation marks, of which it
is the stricter judge, or rows of several lengths. A million rows, with their numbers, take PyArrow 0.6 s, pandas 1.1 s
and Python's reader 2 s.
"""

import csv
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import compress, islice
from operator import itemgetter
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow
import pyarrow.csv
from numpy.typing import NDArray

from training.data import sources, tables
from training.data.cells import BLANKS, comment_prefix, is_value, records
from training.data.numerals import Evidence, Notation, is_missing, is_number, to_float
from training.data.sniffing import Dialect, NoTable, sniff
from training.data.tables import Chunk, Columns, Given, Table, refused, short
from training.data.times import Clock, DateForms, is_time, is_time_of_day, to_times
from training.errors import InvalidParameter

# Lines that tell the form of a table, and those of them that may be one cell in quotation marks.
_SNIFFED, _QUOTED_LINES = 2_000, 20
# Characters of a block, and of a line: more is no table.
_BLOCK, _LONGEST = 2**20, 2**20
# Lines beneath a table that are a remark on it; more are rows that are none.
_REMARKS = 20


@dataclass(frozen=True)
class Block:
    """Rows as text: their lines, the cells of each column that is wanted, and lines that are no rows."""

    lines: NDArray[np.int64]
    cells: list[pyarrow.Array]
    strays: list[tuple[int, str]] = field(default_factory=list)


Blocks = Callable[[], Generator[Block]]


def open_text_table(path: Path, columns: Columns, given: Given) -> Table:
    """A file of text as a table.

    Raises:
        InvalidParameter: it is none, it has not all the columns, or it can be read in two ways.
    """
    stream, encoding = sources.open_text(path, given.encoding)
    with closing(stream):
        lines = [*islice(records(_lines(path, stream), _QUOTED_LINES), _SNIFFED)]
    try:
        dialect = sniff(lines, [column for _, column in columns.roles], given)
    except NoTable as error:
        raise refused("data", f"{path} is {sources.described(path, encoding)}, but {error}") from None
    at = tables.indices(path, columns, dialect.names, dialect.width)

    def blocks() -> Generator[Block]:
        text, _ = sources.open_text(path, encoding)
        with closing(text):
            yield from _blocks(path, text, dialect, at)

    form = f"{sources.described(path, encoding)}, {dialect.describe()}"
    return as_table(path, columns, given, blocks, form, "line")


def as_table(path: Path, columns: Columns, given: Given, blocks: Blocks, form: str, place: str) -> Table:
    """Blocks of text as a table: numbers in the notation that they are found to be in, x also as times."""
    evidence, dates = Evidence(), DateForms()
    notation, date_form = _found(path, blocks, given, columns, evidence, dates)
    clock = None if date_form is None else Clock()
    said = [form, *_said(notation, evidence), *([] if date_form is None else [f"x in times, {date_form}"])]
    notes: list[str] = []
    chunks = _chunks(blocks(), notation, date_form, clock, notes)
    return Table(columns.roles, chunks, ", ".join(said), place, None if clock is None else clock.at, notes)


def _said(notation: Notation, evidence: Evidence) -> list[str]:
    decimal = "decimal comma" if notation.decimal == "," else "decimal point"
    return [decimal, f"thousands separated by {notation.thousands!r}"] if evidence.grouped else [decimal]


def _found(
    path: Path, blocks: Blocks, given: Given, columns: Columns, evidence: Evidence, dates: DateForms
) -> tuple[Notation, str | None]:
    """The notation of the numbers and the form of the times, None where x are numbers.

    The first block tells them; where it leaves them open, as many as do.
    """
    timed = False
    with closing(blocks()) as several:
        for block in several:
            timed = timed or _are_times(path, columns.x, block.cells[0])
            if timed:
                dates.add(block.cells[0])
            for cells in block.cells[timed:]:
                evidence.add(cells)
            if len(block.lines) and not evidence.ambiguous and not dates.ambiguous:
                break
    try:
        return evidence.notation(given.decimal, given.thousands), dates.form(given.dates) if timed else None
    except InvalidParameter as error:
        parameter, _, reason = str(error).partition(": ")
        raise refused(parameter, f"in {path} {reason}") from None


def _are_times(path: Path, column: str, cells: pyarrow.Array) -> bool:
    """Whether more of the first cells are times than numbers; raises where they are times of day."""
    first = [cell.strip() for cell in cells.slice(0, _SNIFFED).to_pylist()]
    times, numbers = sum(map(is_time, first)), sum(map(is_number, first))
    if sum(map(is_time_of_day, first)) > times + numbers:
        raise refused("x_column", f"{short(column)} of {path} holds times of day without their dates")
    return times > numbers


def _chunks(
    blocks: Generator[Block], notation: Notation, dates: str | None, clock: Clock | None, notes: list[str]
) -> Generator[Chunk]:
    """The blocks as numbers; lines beneath the last row that are no rows are a note."""
    pending: list[tuple[int, str]] = []
    for block in blocks:
        columns = [to_float(cells, notation) for cells in block.cells]
        if dates is not None and clock is not None:
            columns[0] = clock.seconds(*to_times(block.cells[0], dates))
        strays = pending + block.strays
        last = int(block.lines[-1]) if len(block.lines) else 0
        pending = [stray for stray in strays if stray[0] > last]
        now = [stray for stray in strays if stray[0] <= last]
        if len(pending) > _REMARKS:
            now, pending = strays, []
        yield Chunk(np.column_stack(columns), block.lines, block.cells, now)
    if pending:
        line, text = pending[0]
        notes.append(f"{len(pending)} line(s) beneath the table were left out, first line {line}: {short(text)}")


def _lines(path: Path, stream: IO[str]) -> Iterator[str]:
    number = 0
    while line := stream.readline(_LONGEST):
        number += 1
        _refuse_too_long(path, number, line)
        yield line.rstrip("\n")


def _refuse_too_long(path: Path, number: int, line: str) -> None:
    if len(line) >= _LONGEST and not line.endswith("\n"):
        raise refused("data", f"{path} is no table: line {number} has more than {_LONGEST:,} characters")


def _blocks(path: Path, stream: IO[str], dialect: Dialect, at: Sequence[int]) -> Generator[Block]:
    """The rows of the table by blocks of whole lines."""
    number = 1
    while number < dialect.first_row and stream.readline(_LONGEST):
        number += 1
    while text := stream.read(_BLOCK):
        text += _rest(path, stream, number, text)
        yield _block(path, text, number, dialect, at)
        number += len(_split(text))


def _rest(path: Path, stream: IO[str], number: int, text: str) -> str:
    """What the last line of a block lacks, and the lines of a cell in quotation marks that it leaves open."""
    more = stream.readline(_LONGEST)
    _refuse_too_long(path, number + text.count("\n"), more)
    if not more and not text.endswith("\n"):
        return ""
    quotes = text.count('"') + more.count('"')
    parts = [more]
    while quotes % 2 and len(parts) <= _QUOTED_LINES * 100 and (more := stream.readline(_LONGEST)):
        parts.append(more)
        quotes += more.count('"')
    return "".join(parts)


def _block(path: Path, text: str, first: int, dialect: Dialect, at: Sequence[int]) -> Block:
    lines = _split(text)
    if '"' in text:
        return _by_python(path, lines, first, dialect, at)
    numbers, rows = np.arange(first, first + len(lines)), lines
    empty = dialect.separator != BLANKS and (f"\n{dialect.separator}" in text or text.startswith(dialect.separator))
    commented = any(prefix in text for prefix in dialect.comments)
    if commented or empty or not all(lines) or any(map(str.isspace, lines)):
        kept = [_is_row(line, dialect) for line in lines]
        numbers, rows = numbers[kept], [*compress(lines, kept)]
    if dialect.separator == BLANKS:
        rows = ["\t".join(line.split()) for line in rows]
    try:
        found = _by_arrow(rows, dialect, at)
    except (pyarrow.ArrowInvalid, ValueError):  # rows of several lengths, or a separator that it does not know
        return _by_python(path, lines, first, dialect, at)
    return Block(numbers, found)


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def _is_row(line: str, dialect: Dialect) -> bool:
    if not line.strip(f"{dialect.separator} \t"):
        return False
    return comment_prefix(line, dialect.comments) is None


def _by_arrow(rows: Sequence[str], dialect: Dialect, at: Sequence[int]) -> list[pyarrow.Array]:
    if not rows:
        return [pyarrow.array([], pyarrow.string()) for _ in at]
    names = [str(index) for index in range(dialect.width)]
    wanted = [names[index] for index in at]
    content = "\n".join(rows).encode()
    table = pyarrow.csv.read_csv(
        io.BytesIO(content),
        pyarrow.csv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=names),
        pyarrow.csv.ParseOptions(
            delimiter="\t" if dialect.separator == BLANKS else dialect.separator,
            quote_char=False,
            ignore_empty_lines=False,
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pyarrow.string()), include_columns=wanted, strings_can_be_null=False
        ),
    )
    return [table.column(name).combine_chunks() for name in wanted]


def _by_python(path: Path, lines: list[str], first: int, dialect: Dialect, at: Sequence[int]) -> Block:
    """The same, where quotation marks or rows of several lengths are."""
    numbers: list[int] = []
    rows: list[Sequence[str]] = []
    strays, wanted = [], itemgetter(*at)
    for number, cells in _parsed(path, lines, first, dialect):
        if len(cells) == dialect.width:
            numbers.append(number)
            rows.append(wanted(cells))
        elif (row := _row(path, number, cells, dialect, at)) is None:
            strays.append((number, dialect.separator.join(cells)))
        else:
            numbers.append(number)
            rows.append(row)
    columns = zip(*rows, strict=True) if rows else [()] * len(at)
    return Block(np.array(numbers, np.int64), [pyarrow.array(cells, pyarrow.string()) for cells in columns], strays)


def _parsed(path: Path, lines: list[str], first: int, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Each row's first line and cells; empty lines and comments are no rows."""
    blanks = dialect.separator == BLANKS
    # Quotation marks in comments open no cell.
    rows = [line if comment_prefix(line, dialect.comments) is None else "" for line in lines]
    texts = (f"{line.strip().replace(chr(9), ' ') if blanks else line}\n" for line in rows)
    reader = csv.reader(texts, delimiter=dialect.separator, skipinitialspace=True, strict=True)
    line = first
    try:
        for cells in reader:
            if cells and (cells[0] or any(map(str.strip, cells))):
                yield line, cells
            line = first + reader.line_num
    except csv.Error as error:
        raise refused("data", f"{path} cannot be read: line {line}: {error}") from error


def _row(path: Path, number: int, cells: list[str], dialect: Dialect, at: Sequence[int]) -> list[str] | None:
    """The cells that are wanted, empty where the row ends early; None for what is no row of the table.

    Raises:
        InvalidParameter: it is a row with more cells than the table has columns, as with decimal commas.
    """
    width = dialect.width
    if any(map(str.strip, cells[width:])):
        if not is_value(cells[at[0]].strip()):
            return None
        told = f"the header names {width} columns" if dialect.names else f"the table has {width} columns"
        advice = "where commas are decimal marks, columns need another separator"
        raise refused("data", f"{path} line {number} has {len(cells)} cells, but {told}; {advice}")
    filled = cells + [""] * (width - len(cells))
    row = [filled[index] for index in at]
    whole = len(cells) >= width or any(is_value(cell.strip()) for cell in cells)
    return row if whole or (len(cells) > 1 and all(map(is_missing, row))) else None
