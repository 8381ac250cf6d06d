import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support.tables import DEFAULT, points, refusal, written
from training.data import tables
from training.data.measurements import read
from training.data.tables import Columns, Given
from training.errors import InvalidParameter


def workbook(folder: Path, *rows: tuple[Any, ...], **sheets: list[tuple[Any, ...]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.save(folder / "m.xlsx")
    return folder / "m.xlsx"


TABLE = [("x", "y"), (1, 10.0), (4, -30), (2, 20.5)]


def test_the_first_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path, *TABLE, other=[("x", "y"), (1, 1), (2, 3), (3, 2)])
    assert points(path) == [[1, 2, 4], [10, 20.5, -30]]
    found = read(path, DEFAULT, "refuse")
    assert found.rows.tolist() == [2, 4, 3]
    assert found.description.startswith("sheet 'Sheet' of a workbook, 2 columns")
    assert read(path, DEFAULT, "refuse", Given(sheet="other")).y.tolist() == [1, 3, 2]
    with pytest.raises(InvalidParameter, match=r"sheet: .* has no sheet 'third'; it has 'Sheet', 'other'"):
        read(path, DEFAULT, "refuse", Given(sheet="third"))


def test_a_title_units_text_and_no_values(tmp_path: Path) -> None:
    rows = [
        ("Measured by hand",),
        (),
        ("note", "t", "v"),
        (None, "s", "mV"),
        ("a", 1, "1,5"),
        (),
        ("b", 2, 2),
        (None, 3, None),
    ]
    path = workbook(tmp_path, *rows, ("c", 4, 0))
    assert "column 'v' is missing in 1 (first row 8: '')" in refusal(path, Columns("t", "v"))
    found = read(path, Columns("t", "v"), "drop")
    assert (found.x.tolist(), found.y.tolist()) == ([1, 2, 4], [1.5, 2, 0])


def test_times(tmp_path: Path) -> None:
    start = dt.datetime(2024, 3, 1, 12)
    path = workbook(tmp_path, ("when", "y"), *((start + dt.timedelta(hours=i), i * i) for i in range(4)))
    found = read(path, Columns("when", "y"), "refuse")
    assert (found.x.tolist(), found.origin) == ([0, 3600, 7200, 10800], "2024-03-01T12:00:00")


def test_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK_ROWS", 7)
    path = workbook(tmp_path, *((i, i * i) for i in range(30)))
    assert points(path) == [[*range(30)], [i * i for i in range(30)]]
    monkeypatch.setattr(tables, "MAX_ROWS", 20)
    assert refusal(path) == "data: FILE has more than 20 rows, which is the limit"
    monkeypatch.setattr(tables, "MAX_BYTES", 5_000)
    assert "bytes; at most 5,000 are allowed" in refusal(path)


def test_what_is_no_workbook(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "x,y\n1,2\n", "m.xlsx")).startswith("data: FILE cannot be read: it is not a .xlsx")
    assert refusal(written(tmp_path, b"PK\x03\x04nonsense", "m.xlsx")).startswith("data: FILE cannot be read: ")
    assert "no table" in refusal(workbook(tmp_path, ("only", "words"), ("in", "here")))
    with pytest.raises(InvalidParameter, match=r"separator: .* is a workbook"):
        read(workbook(tmp_path, *TABLE), DEFAULT, "refuse", Given(separator=";"))
