"""Sheets of .xlsx workbooks, by openpyxl: the values that are stored; formulas are not computed."""

import datetime as dt
import warnings
import zipfile
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow

from training.data import tables
from training.data.cells import trimmed
from training.data.sniffing import NoTable, sniff_rows
from training.data.tables import Columns, Given, Table, refused, short, unreadable
from training.data.text_tables import Block, as_table

_SNIFFED = 2_000
_OF_TEXT = ("separator", "encoding", "comment")


def open_workbook(path: Path, columns: Columns, given: Given) -> Table:
    """A sheet as a table: the first, unless it is named.

    Raises:
        InvalidParameter: it cannot be read, has no such sheet, or has no table with all the columns.
    """
    for name in _OF_TEXT:
        if getattr(given, name) is not None:
            raise refused(name, f"{path} is a workbook, whose cells are known")
    _refuse_too_large(path)
    sheet, rows = _opened(path, given.sheet)
    try:
        dialect = sniff_rows(list(islice(rows, _SNIFFED)), [column for _, column in columns.roles], given)
    except NoTable as error:
        raise refused("data", f"sheet {short(sheet)} of {path} is no table: {error}") from None
    at = tables.indices(path, columns, dialect.names, dialect.width)

    def blocks() -> Generator[Block]:
        _, rows = _opened(path, sheet)
        kept = ((line, cells) for line, cells in rows if line >= dialect.first_row and any(cells))
        while chunk := list(islice(kept, tables.CHUNK_ROWS)):
            yield _block(chunk, at)

    return as_table(path, columns, given, blocks, f"sheet {short(sheet)} of a workbook, {dialect.describe()}", "row")


def _block(rows: list[tuple[int, list[str]]], at: list[int]) -> Block:
    columns = [[cells[i] if i < len(cells) else "" for _, cells in rows] for i in at]
    return Block(
        np.array([line for line, _ in rows], np.int64), [pyarrow.array(cells, pyarrow.string()) for cells in columns]
    )


def _refuse_too_large(path: Path) -> None:
    """Raise where it is no archive, or one that holds more than the limit."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from error
    if unpacked > tables.MAX_BYTES:
        raise refused("data", f"{path} holds {unpacked:,} bytes; at most {tables.MAX_BYTES:,} are allowed")


def _opened(path: Path, name: str | None) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """The sheet's name, and its rows as text."""
    import openpyxl  # who has no workbook does not wait for it

    try:
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # it raises anything on a damaged file
        raise unreadable(path, error) from error
    sheets = [sheet.title for sheet in book.worksheets]
    if not sheets or (name is not None and name not in sheets):
        book.close()
        raise refused("sheet", f"{path} has no sheet {short(name)}; it has {', '.join(map(short, sheets))}")
    chosen = sheets[0] if name is None else name
    return chosen, _rows(path, book, chosen)


def _rows(path: Path, book: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    sheet = book[name]
    sheet.reset_dimensions()  # other programs write wrong ones
    try:
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, trimmed([_text(value) for value in values])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, SyntaxError) as error:
        raise unreadable(path, error) from error
    finally:
        book.close()


def _text(value: object) -> str:
    """A cell as text that says the same."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value).strip()
