"""What form a table of text has: where it begins, what separates its columns, what names them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from training.data.cells import BLANKS, comment_prefix, is_value, splitter, trimmed
from training.data.numerals import is_missing, is_number
from training.data.tables import Given

Row = tuple[int, list[str]]  # the line of the file, from 1, and the cells

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", BLANKS: "blanks"}
COMMENTS = ("#", "%", "//", "!")
# Lines beneath the names that are still no rows: units, kinds, a rule.
_HEADER_LINES = 5
_UNIT = re.compile(r"[\[(<].*[\])>]|[-=_ ]*|[^\s\d]{1,4}([/*^·.\-]\S{0,6})*|[^\s]{0,3}[°µμΩ℃%‰]\S*")
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """The form of a table of text.

    Attributes:
        separator: between columns, BLANKS for any number of blanks and tabs.
        names: of the columns, None where there are none.
        names_line: the line with them.
        units: lines between the names and the first row, taken for units.
        first_row: the first line with a row of the table.
        width: the number of columns.
        comments: what lines within the table begin with that are no rows.
    """

    separator: str
    names: tuple[str, ...] | None
    names_line: int
    units: tuple[int, ...]
    first_row: int
    width: int
    comments: tuple[str, ...]

    def describe(self) -> str:
        """Describe the form in a few words."""
        separated = f"{self.width} columns separated by {SEPARATORS.get(self.separator, repr(self.separator))}"
        named = "without names" if self.names is None else f"names in line {self.names_line}"
        if self.units:
            named += f", units in line {' and '.join(map(str, self.units))}"
        return f"{separated}, {named}, rows from line {self.first_row}"


class NoTable(Exception):
    """No rows of numbers were found; says what there is."""


def sniff(lines: Sequence[tuple[int, str]], wanted: Sequence[str], given: Given) -> Dialect:
    """The form of the table in the first lines of a file.

    Args:
        lines: each with its number.
        wanted: the columns that are asked for, by which names are known from other words.
        given: what need not be found.

    Raises:
        NoTable: there is none.
    """
    skipped = given.skip_lines or 0
    lines = [(number, line) for number, line in lines if number > skipped and line.strip()]
    first = lines[0][1] if lines else ""
    candidates = list(SEPARATORS) if given.separator is None else [given.separator]
    if given.separator is None and (told := _SEP_LINE.fullmatch(first)):
        candidates, lines = [told[1]], lines[1:]
    best: tuple[tuple[float, ...], Dialect] | None = None
    for separator in candidates:
        found = _attempt(lines, separator, wanted, given)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    if best is None:
        raise NoTable(_why_none(lines))
    return best[1]


def sniff_rows(rows: Sequence[Row], wanted: Sequence[str], given: Given) -> Dialect:
    """The form of a table whose cells are known, as those of a spreadsheet."""
    rows = [(number, trimmed(cells)) for number, cells in rows if number > (given.skip_lines or 0) and any(cells)]
    dialect = _dialect(rows, [], "", wanted, given)
    if dialect is None:
        raise NoTable("it has no rows with two numbers")
    return dialect


def _attempt(
    lines: Sequence[tuple[int, str]], separator: str, wanted: Sequence[str], given: Given
) -> tuple[tuple[float, ...], Dialect] | None:
    """How well the lines fit this separator, and their form with it."""
    split = splitter(separator)
    rows, commented = [], []
    for number, line in lines:
        prefix = comment_prefix(line, _comments(given))
        if prefix is None:
            rows.append((number, split(line)))
        else:
            commented.append((number, split(line.strip()[len(prefix) :].lstrip(prefix + " \t"))))
    dialect = _dialect(rows, commented, separator, wanted, given)
    if dialect is None:
        return None
    return _score(dialect, rows, wanted), dialect


def _comments(given: Given) -> tuple[str, ...]:
    return COMMENTS if given.comment is None else (given.comment,)


def _score(dialect: Dialect, rows: Sequence[Row], wanted: Sequence[str]) -> tuple[float, ...]:
    """All the names first, then the part of the cells that are values in rows as wide as the table."""
    table = [cells for number, cells in rows if number >= dialect.first_row]
    cells = [cell for row in table for cell in row if not is_missing(cell)]
    values = [cell for row in table if len(row) == dialect.width for cell in row if is_value(cell)]
    words = {name for name in wanted if not name.isdigit()}
    named = bool(words) and words <= set(dialect.names or ())
    return float(named), len(values) / max(1, len(cells))


def _dialect(
    rows: Sequence[Row],
    commented: Sequence[Row],
    separator: str,
    wanted: Sequence[str],
    given: Given,
) -> Dialect | None:
    start = _start(rows, wanted, given)
    if start is None:
        return None
    first, header = start
    table = [cells for _, cells in rows[first:]]
    widths = Counter(len(cells) for cells in table if any(map(is_value, cells))) or Counter(map(len, table))
    width = max(widths, key=lambda size: (widths[size], size), default=0)
    line = rows[first][0] if first < len(rows) else rows[-1][0] + 1
    names = names_line = None
    if header is not None:
        names_line, names = rows[header][0], _fitted(rows[header][1], width, table)
    elif given.header is not False and (behind := _behind_comment(commented, line, width, first, rows)):
        names_line, names = behind
    width = len(names) if names else width
    if width < 2:
        return None
    units = tuple(number for number, _ in rows[:first] if header is not None and number > rows[header][0])
    return Dialect(separator, tuple(names) if names else None, names_line or 0, units, line, width, _comments(given))


def _start(rows: Sequence[Row], wanted: Sequence[str], given: Given) -> tuple[int, int | None] | None:
    """The indices of the first row of the table and of the row with its names, if there are any."""
    if not rows:
        return None
    if given.header is False:
        return 0 if given.skip_lines is not None else _first_row(rows) or 0, None
    if given.header and given.skip_lines is not None:
        return _after_names(rows, 0, wanted), 0
    named = {name for name in wanted if not name.isdigit()}
    for index, (_, cells) in enumerate(rows):
        if named and named <= set(cells) and _followed(rows, index):
            return _after_names(rows, index, wanted), index
    first = _first_row(rows)
    if first is None:
        return (1, 0) if len(rows) == 1 and len(rows[0][1]) > 1 else None
    return first, _names_above(rows, first)


def _followed(rows: Sequence[Row], index: int) -> bool:
    """Whether rows with values follow, or nothing at all."""
    below = rows[index + 1 : index + 1 + _HEADER_LINES]
    return not below or any(is_value(cell) for _, cells in below for cell in cells)


def _after_names(rows: Sequence[Row], header: int, wanted: Sequence[str]) -> int:
    """The index of the first row beneath the names that is none of units: one that has a value in a wanted column."""
    at = [rows[header][1].index(name) for name in wanted if name in rows[header][1]]
    for index in range(header + 1, min(header + 1 + _HEADER_LINES, len(rows))):
        cells = rows[index][1]
        chosen = [cells[i] for i in at if i < len(cells)] or cells
        if any(map(is_value, chosen)) or not _are_units(chosen):
            return index
    return header + 1


def _are_units(cells: Iterable[str]) -> bool:
    """Whether these cells can be units, or a rule, rather than values that fail to be numbers."""
    cells = [cell for cell in cells if cell]
    return bool(cells) and not all(map(is_missing, cells)) and all(_UNIT.fullmatch(cell) for cell in cells)


def _first_row(rows: Sequence[Row]) -> int | None:
    """The index of the first row that looks like those of the longest run of rows with values."""
    runs: list[list[int]] = [[]]
    for index, (_, cells) in enumerate(rows):
        if len(cells) > 1 and any(map(is_value, cells)):
            runs[-1].append(index)
        elif runs[-1]:
            runs.append([])
    longest = max(runs, key=len)
    if not longest:
        return None
    width = Counter(len(rows[index][1]) for index in longest).most_common(1)[0][0]
    same = [index for index in longest if len(rows[index][1]) == width]
    kinds = Counter(i for index in same for i, cell in enumerate(rows[index][1]) if is_value(cell))
    typical = {i for i, count in kinds.items() if 2 * count > len(same)}
    alike = (index for run in runs for index in run if _like(rows[index][1], width, typical))
    return next(alike, longest[0])


def _like(cells: list[str], width: int, typical: set[int]) -> bool:
    return len(cells) == width and all(is_value(cells[i]) or is_missing(cells[i]) for i in typical)


def _names_above(rows: Sequence[Row], first: int) -> int | None:
    """The index of the row with names above the first row: the one directly above that is not of units."""
    width = len(rows[first][1])
    above = list(takewhile(lambda i: _can_be_names(rows[i][1], width), range(first - 1, -1, -1)))[:_HEADER_LINES]
    if not above:
        return None
    return next((i for i in above[:-1] if not _are_units(rows[i][1])), above[-1]) if len(above) > 1 else above[0]


def _can_be_names(cells: list[str], width: int) -> bool:
    size = len(cells) - int(bool(cells) and cells[0].endswith(":"))
    return size > 1 and width - 1 <= size <= width and not any(map(is_number, cells))


def _fitted(names: list[str], width: int, table: Sequence[list[str]]) -> list[str]:
    """The names beside the columns: without a label such as `Data:` before them, with the one that R leaves out."""
    if len(names) == width + 1 and names[0].endswith(":"):
        return names[1:]
    if len(names) == width - 1 and _are_row_names([cells[0] for cells in table if len(cells) == width]):
        return ["", *names]
    return names


def _are_row_names(cells: Sequence[str]) -> bool:
    """Whether these are the numbers of the rows, which R writes without a name."""
    return bool(cells) and cells == [str(row) for row in range(1, len(cells) + 1)]


def _behind_comment(
    commented: Sequence[Row], line: int, width: int, first: int, rows: Sequence[Row]
) -> tuple[int, list[str]] | None:
    """The names in the last comment before the table, directly above it."""
    before = [(number, cells) for number, cells in commented if number < line]
    above = rows[first - 1][0] if first else 0
    for number, cells in reversed(before[-_HEADER_LINES:]):
        words = not any(is_value(cell) or cell.endswith(":") or "=" in cell for cell in cells)
        if number > above and len(cells) == width and words:
            return number, cells
    return None


def _why_none(lines: Sequence[tuple[int, str]]) -> str:
    if not lines:
        return "it has no lines with text"
    if all(is_value(line.strip()) or not index for index, (_, line) in enumerate(lines)):
        return f"it has one column, and x and y need two; line {lines[0][0]} is {lines[0][1].strip()[:60]!r}"
    return f"no table of numbers was found in it; line {lines[0][0]} is {lines[0][1].strip()[:60]!r}"
