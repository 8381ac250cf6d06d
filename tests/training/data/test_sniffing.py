"""Tables written in every form that people have are read back to the bit, or refused in a line that says why."""

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tables import refusal, written
from training.data.measurements import read
from training.data.sniffing import Dialect, NoTable, sniff
from training.data.tables import Columns, Given

SEPARATORS = [",", ";", "\t", "|", " ", "   "]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


@dataclass(frozen=True)
class Form:
    """How a table is written."""

    separator: str
    decimal: str
    thousands: str
    encoding: str
    end: str
    decimals: int
    exponent: str
    minus: str
    header: str
    preamble: tuple[str, ...]
    comment: str
    missing: str
    quoted: bool
    extra: bool
    trailing: bool
    blank: bool
    indent: str


@st.composite
def forms(draw: st.DrawFn) -> Form:
    separator = draw(st.sampled_from(SEPARATORS))
    decimal = draw(st.sampled_from(".,"))
    marks = ["", "", ",", ".", "'"] + ([] if separator.isspace() else [" ", "\u00a0"])
    encoding = draw(st.sampled_from(ENCODINGS))
    quotable = not separator.isspace()
    return Form(
        separator=separator,
        decimal=decimal,
        thousands=draw(st.sampled_from([mark for mark in marks if mark != decimal])),
        encoding=encoding,
        end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        decimals=draw(st.integers(1, 6)),
        exponent=draw(st.sampled_from(["", "", "", "e", "E", "D", "d"])),
        minus="-" if encoding == "cp1252" else draw(st.sampled_from("-\u2212")),
        header=draw(st.sampled_from(["names", "behind #", "units", "none", "quoted"])),
        preamble=draw(
            st.sampled_from([(), ("Instrument D8", "serial: 12", ""), ("# made by hand",), ("a;b,c", "***")])
        ),
        comment=draw(st.sampled_from(["", "# restarted", "% note 1 2", "// 3"])),
        missing=draw(st.sampled_from(["", "", "NA", "NaN", "n.a.", "-", "nan", "NULL", "#N/A"])),
        quoted=draw(st.booleans()) and quotable,
        extra=draw(st.booleans()) and quotable,
        trailing=draw(st.booleans()),
        blank=draw(st.booleans()),
        indent=draw(st.sampled_from(["", "", " "])),
    )


def number(value: float, form: Form) -> str:
    """The number as the form writes it."""
    if form.exponent:
        text = f"{value:.{form.decimals}e}".replace("e", form.exponent)
    else:
        text = f"{value:,.{form.decimals}f}".replace(",", "T")
    text = text.replace(".", form.decimal).replace("T", form.thousands)
    return text.replace("-", form.minus)


def exact(value: float, form: Form) -> float:
    """What that number is."""
    return float(f"{value:.{form.decimals}{'e' if form.exponent else 'f'}}")


def table(values: np.ndarray, form: Form) -> bytes:
    """The file."""
    names, units = ["x", "y"], ["s", "mV"]
    lines = list(form.preamble)
    if form.header == "quoted":
        names = [f'"{name}"' for name in names]
    if form.header == "behind #":
        names[0] = f"# {names[0]}"
    if form.header != "none":
        lines.append(form.separator.join([*names, *(["note"] if form.extra else [])]))
    if form.header == "units":
        lines.append(form.separator.join([*units, *(["text"] if form.extra else [])]))
    for row, pair in enumerate(values):
        cells = [number(value, form) for value in pair]
        if form.missing and row % 4 == 3:
            cells[1] = form.missing
        if form.quoted or any(form.separator in cell for cell in cells):
            cells = [f'"{cell}"' for cell in cells]
        cells += ["good one"] if form.extra else []
        lines.append(form.indent + form.separator.join(cells) + (form.separator if form.trailing else ""))
        if form.blank and row == 2:
            lines.append("")
        if form.comment and row == 4:
            lines.append(form.comment)
    content = form.end.join(lines) + form.end
    return (("\ufeff" if form.encoding == "utf-16-be" else "") + content).encode(form.encoding)


def all_can_be_either(values: np.ndarray, form: Form) -> bool:
    """Whether each number is written as 1,234, in which the comma is a decimal mark or one of thousands."""
    texts = [number(value, form).lstrip("-\u2212") for value in values.ravel()]
    return all(re.fullmatch("[1-9][0-9]{0,2},[0-9]{3}", text) for text in texts)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(forms(), st.integers(8, 40), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1e3, 1e7]))
def test_tables_are_read_back_exactly(form: Form, rows: int, seed: int, size: float) -> None:
    random = np.random.default_rng(seed)
    values = np.column_stack([1.0 + np.arange(rows) + random.uniform(size=rows), size * random.normal(size=rows)])
    expected = np.array([[exact(x, form), exact(y, form)] for x, y in values])
    if form.missing:
        expected = np.delete(expected, np.arange(3, rows, 4), axis=0)
    with TemporaryDirectory() as folder:
        path = written(Path(folder), table(values, form), "m.txt")
        columns = Columns("1", "2") if form.header == "none" and form.extra else Columns()
        # A thousand or a thousandth: there is no telling.
        if all_can_be_either(expected, form):
            assert refusal(path, columns, "drop").startswith("decimal: in FILE ")
            return
        found = read(path, columns, "drop")
    order = np.argsort(expected[:, 0], kind="stable")
    assert np.column_stack([found.x, found.y]).tobytes() == expected[order].tobytes(), found.description
    assert found.dropped == (rows // 4 if form.missing else 0)
    assert set(found.faults.reasons()) <= {"column 'y' is missing"} | {f"column {columns.y!r} is missing"}


def dialect(text: str, *wanted: str, **form: Any) -> Dialect:
    return sniff([*enumerate(text.split("\n"), 1)], wanted or ("x", "y"), Given(**form))


ROWS = "1 2\n2 3\n3 5"


@pytest.mark.parametrize(
    ("text", "wanted", "names", "names_line", "first_row"),
    [
        (f"x y\n{ROWS}", (), ("x", "y"), 1, 2),
        (f"Data: y x\n{ROWS}", (), ("y", "x"), 1, 2),
        (f"a text\nb 2 3 4\n\nx y\ns mV\n== ==\n\n{ROWS}", (), ("x", "y"), 4, 8),
        (f"time volt\n(s) [mV]\n{ROWS}", ("1", "2"), ("time", "volt"), 1, 3),
        (f"# made by hand\n# time volt\n{ROWS}", ("1", "2"), ("time", "volt"), 2, 3),
        (f"# date: 2024\n# at = 12\n{ROWS}", ("1", "2"), None, 0, 3),
        (f"Points 250\nRange 5\n{ROWS}", ("1", "2"), None, 0, 3),
        ("x y\n1 10 2\n2 20 3\n3 30 5", (), ("", "x", "y"), 1, 2),
        ("x 2024\n1 2\n2 3", ("x", "2024"), ("x", "2024"), 1, 2),
        (f"x y\n{ROWS}\n\nx y\n{ROWS}\n{ROWS}", (), ("x", "y"), 1, 2),
    ],
)
def test_where_the_table_begins(
    text: str, wanted: tuple[str, ...], names: tuple[str, ...] | None, names_line: int, first_row: int
) -> None:
    found = dialect(text, *wanted)
    assert (found.names, found.names_line, found.first_row) == (names, names_line, first_row)


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("1,5 2,5\n2,5 3,5", " "),
        ("1,5\t2,5\n2,5\t3,5", "\t"),
        ("1,5;2,5\n2,5;3,5", ";"),
        ("1, 2\n2, 3", ","),
        ("sep=|\n1|2\n3|4", "|"),
        ("2024-01-01 00:00,1\n2024-01-01 00:10,2", ","),
        ("a b c,1,2\nd e,2,3", ","),
    ],
)
def test_what_separates_columns(text: str, separator: str) -> None:
    assert dialect(text).separator == separator


def test_what_is_given_is_not_sniffed() -> None:
    assert dialect("1:2\n2:3", separator=":").separator == ":"
    found = dialect("1 2\n2 3\n3 4", skip_lines=1, header=False)
    assert (found.names, found.first_row) == (None, 2)
    found = dialect("a b\n1 2\n2 3\n3 4", "1", "2", skip_lines=1, header=True)
    assert (found.names, found.first_row) == (("1", "2"), 3)
    assert dialect("; one\n1 2\n2 3", comment=";").first_row == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it has no lines with text"),
        ("1\n2\n3", "it has one column, and x and y need two; line 1 is '1'"),
        ("some words\nand others", "no table of numbers was found in it; line 1 is 'some words'"),
    ],
)
def test_what_is_no_table(text: str, reason: str) -> None:
    with pytest.raises(NoTable, match=re.escape(reason)):
        dialect(text)


def test_the_form_in_words() -> None:
    described = dialect("x;y\ns;V\n1;2\n2;3").describe()
    assert described == "2 columns separated by semicolons, names in line 1, units in line 2, rows from line 3"
