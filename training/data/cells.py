"""Lines of text as cells, by Python's reader of CSV where there are quotation marks."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence

from training.data.numerals import INFINITE, is_number
from training.data.times import is_time, is_time_of_day

_EXCEL_ERROR = re.compile(r"#(N/A|NA|DIV/0!|VALUE!|NUM!|REF!|NULL!|NAME\?)", re.IGNORECASE)
BLANKS = " "  # as a separator: one or more blanks or tabs


def splitter(separator: str) -> Callable[[str], list[str]]:
    """What cuts a line into cells, blanks around them removed, as many as are not empty at the end."""

    def split(line: str) -> list[str]:
        if separator == BLANKS:
            line = line.replace("\t", " ").strip()
        if '"' in line:
            try:
                cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
            except csv.Error:
                cells = line.split(separator)
        else:
            cells = line.split(None if separator == BLANKS else separator)
        return trimmed([cell.strip() for cell in cells])

    return split


def comment_prefix(line: str, prefixes: Sequence[str]) -> str | None:
    """What makes the line a comment, None where it is none; Excel's errors, as #N/A, make none."""
    start = line.lstrip()
    for prefix in prefixes:
        if start.startswith(prefix):
            return None if _EXCEL_ERROR.match(start) else prefix
    return None


def trimmed(cells: list[str]) -> list[str]:
    """The cells without the empty ones at the end."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def is_value(cell: str) -> bool:
    """Whether it is a number or a time in any notation."""
    return is_number(cell) or cell.lower() in INFINITE or is_time(cell) or is_time_of_day(cell)


def records(lines: Iterator[str], most: int) -> Iterator[tuple[int, str]]:
    """Each row of text with the number of its first line: a cell in quotation marks may go over several."""
    parts: list[str] = []
    open_from = lines_open = 0
    for number, line in enumerate(lines, 1):
        if not parts:
            open_from = number
        parts.append(line)
        lines_open += 1
        if sum(part.count('"') for part in parts) % 2 == 0 or lines_open > most:
            yield from [(open_from, "\n".join(parts))] if lines_open <= most else _apart(open_from, parts)
            parts, lines_open = [], 0
    yield from _apart(open_from, parts)


def _apart(first: int, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    yield from enumerate(lines, first)
