"""Tables written in every form that people have are read back to the bit, or refused in a line that says why."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables import refusal, written
from training.errors import InvalidParameter
from training.measurements import read
from training.sniffing import NoTable, sniff
from training.tables import Columns, Given

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


@settings(max_examples=150, deadline=None)
@given(forms(), st.integers(8, 40), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1e3, 1e7]))
def test_tables_are_read_back_exactly(form: Form, rows: int, seed: int, size: float) -> None:
    random = np.random.default_rng(seed)
    values = np.column_stack([np.arange(rows) + random.uniform(size=rows), size * random.normal(size=rows)])
    expected = np.array([[exact(x, form), exact(y, form)] for x, y in values])
    if form.missing:
        expected = np.delete(expected, np.arange(3, rows, 4), axis=0)
    with TemporaryDirectory() as folder:
        path = written(Path(folder), table(values, form), "m.txt")
        columns = Columns("1", "2") if form.header == "none" and form.extra else Columns()
        try:
            found = read(path, columns, "drop")
        except InvalidParameter as error:
            # A thousand or a thousandth: there is no telling.
            assert form.decimals == 3, error
            assert str(error).startswith("decimal: in "), error
            assert " can be " in str(error) and "\n" not in str(error)
            return
    order = np.argsort(expected[:, 0], kind="stable")
    assert np.column_stack([found.x, found.y]).tobytes() == expected[order].tobytes(), found.description
    assert found.dropped == (rows // 4 if form.missing else 0)
    assert set(found.faults.reasons()) <= {"column 'y' is missing"} | {f"column {columns.y!r} is missing"}
