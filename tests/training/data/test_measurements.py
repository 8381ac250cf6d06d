import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import Mock

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tables import DEFAULT, WITH_ERRORS, parquet, points, refusal, saved, written
from training.data import tables, text_tables
from training.data.measurements import read
from training.data.tables import Columns

NUMBERS = st.floats(-1e150, 1e150)

CSV = {
    "plain": "x,y\n1,10\n2,20.5\n4,-3e1\n",
    "unsorted": "x,y\n4,-30\n1,10\n2,20.5\n",
    "spaces": "x, y\n 1, 10\n 2 , 20.5\n4, -30 \n",
    "quoted": '"x","y"\n"1","10"\n2,20.5\n4,-30\n',
    "other columns": 'note,y,n,x\n"a, b",10,,1\n"two\nlines",20.5,,2\nc,-30,,4\n',
    "semicolons": "x;y\n1;10\n2;20.5\n4;-30\n",
    "semicolons and commas": "x;y;a,b,c,d\n1;10;\n2;20.5;\n4;-30;\n",
    "commas and semicolons": "x,y,a;b;c;d\n1,10,\n2,20.5,\n4,-30,\n",
    "tabs": "x\ty\n1\t10\n2\t20.5\n4\t-30\n",
    "windows": "x,y\r\n1,10\r\n2,20.5\r\n4,-30\r\n",
    "byte order mark": "\ufeffx,y\n1,10\n2,20.5\n4,-30",
    "blank lines": "\n x,y\n\n1,10\n2,20.5\n  \n4,-30\n\n",
    "delimiters at the end": "x,y\n1,10,\n2,20.5,,\n4,-30\n",
    "not asked for": "x,y,s,dy\n1,10,a,-inf\n2,20.5,,\n4,-30,0,0\n",
}


@pytest.mark.parametrize("text", CSV.values(), ids=CSV)
def test_csv(tmp_path: Path, text: str) -> None:
    assert points(written(tmp_path, text)) == [[1, 2, 4], [10, 20.5, -30]]
    found = read(written(tmp_path, text, "m.TSV"), DEFAULT, "refuse")
    assert (found.standard_error, found.derivatives, found.dropped) == (None, {}, 0)


def test_all_columns_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "t,v,s,d1,d2\n3,9,0.3,6,2\n1,1,0.1,2,2\n2,4,0.2,4,2\n")
    found = read(path, Columns("t", "v", "s", ("d1", "d2")), "refuse")
    assert found.standard_error is not None
    columns = [found.x, found.y, found.standard_error, found.derivatives[1], found.derivatives[2]]
    assert [c.tolist() for c in columns] == [[1, 2, 3], [1, 4, 9], [0.1, 0.2, 0.3], [2, 4, 6], [2, 2, 2]]
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_repeated_measurements_stay_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\n9007199254740993,7\n1,5\n9007199254740993,6\n3,0\n1,4\n")
    assert points(path) == [[1, 1, 3, 2.0**53, 2.0**53], [5, 4, 0, 7, 6]]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=30))
def test_csv_keeps_every_bit(rows: list[tuple[float, float]]) -> None:
    # Added so that a curve can be fitted.
    rows = [*rows, (0.0, 0.0), (1.0, 1.0), (2.0, 0.0)]
    text = "".join(f"{x!r},{y!r}\n" for x, y in rows)
    with TemporaryDirectory() as folder:
        found = read(written(Path(folder), "x,y\n" + text), DEFAULT, "refuse")
    expected = np.array(sorted(rows, key=lambda row: row[0]))
    assert np.column_stack([found.x, found.y]).tobytes() == expected.tobytes()


NO_NUMBER, MISSING, INFINITE = "is not a number", "is missing", "is not a finite number"
CELLS = {
    **dict.fromkeys(("a", "1+2j", "True", "1_0", "\u0661", "0x1", "2024-01-01", "1\n2", "2%"), NO_NUMBER),
    **dict.fromkeys(("", "nan", "NA", "n.a.", "-", "#N/A"), MISSING),
    **dict.fromkeys(("-inf", "1e400"), INFINITE),
}


@pytest.mark.parametrize("cell", CELLS)
def test_invalid_cells_are_refused_with_their_line_or_dropped(tmp_path: Path, cell: str) -> None:
    path = written(tmp_path, f'x,y\n1,1\n2,"{cell}"\n3,3\n4,"{cell}"\n5,5\n')
    reason = CELLS[cell]
    message = f"data: FILE has 2 unusable row(s) of 5: column 'y' {reason} in 2 (first line 3: {cell!r}); "
    assert refusal(path) == message + "invalid_rows=drop omits them"
    assert points(path, "drop") == [[1, 3, 5], [1, 3, 5]]
    assert read(path, DEFAULT, "drop").dropped == 2


def test_standard_errors_are_greater_than_0(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y,s\n1,1,1\n2,2,-0.1\n3,3,1\n4,5,1\n5,6,0\n")
    message = refusal(path, WITH_ERRORS)
    assert "2 unusable row(s) of 5: column 's' is 0 in 1 (first line 6: '0')" in message
    assert "column 's' is not greater than 0 in 1 (first line 3: '-0.1')" in message
    assert read(path, WITH_ERRORS, "drop").dropped == 2


def test_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_tables, "_BLOCK", 100)
    rows = [f"{i},{i * i}" for i in range(507)]
    assert len(points(written(tmp_path, "\n".join(["x,y", *rows])))[0]) == len(rows)
    rows[303] = "?!,1"
    path = written(tmp_path, "\n".join(["x,y", *rows]))
    assert "column 'x' is not a number in 1 (first line 305: '?!')" in refusal(path)
    assert len(points(path, "drop")[0]) == len(rows) - 1
    rows[200] = '"200","1\n2"'
    assert "column 'y' is not a number in 1 (first line 202: '1\\n2')" in refusal(
        written(tmp_path, "\n".join(["x,y", *rows]))
    )


def test_rows_of_later_chunks_are_counted_from_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK_ROWS", 2)
    path = parquet(tmp_path, x=[1, 2, 3, 4.0, np.inf], y=[1, 2, 3, None, 5])
    assert "2 unusable row(s) of 5: column 'y' is missing in 1 (first row 4: nan)" in refusal(path)
    assert points(path, "drop") == [[1, 2, 3], [1, 2, 3]]
    path = saved(tmp_path, [[1, 1], [2, 2], [3, 3], [4, 4], [np.inf, 5]])
    assert "column 'x' is not a finite number in 1 (first row 5: inf)" in refusal(path)
    assert read(path, DEFAULT, "drop").rows.tolist() == [1, 2, 3, 4]


REFUSED_CSV = [
    ("x,y\n1,1\n2\n", DEFAULT, "column 'y' is missing in 1 (first line 3: '')"),
    ('x,y,n\n1,1,"a\nb\nc"\n\n2,bad,"d\ne"\n3,3,\n', DEFAULT, "(first line 6: 'bad')"),
    (
        f"x,y\n1,{'a' * 500}\n",
        DEFAULT,
        "in 1 (first line 2: 'aaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
    ),
    ('x,y\n1,1\n2,"2\n3,3\n', DEFAULT, "data: FILE cannot be read: line 3: unexpected end of data"),
    ('x,y\n1,1\n"2"2,2\n', DEFAULT, "data: FILE cannot be read: line 3: ',' expected after '\"'"),
    ("x,y\n1,1\n1,5,2,5\n", DEFAULT, "data: FILE line 3 has 4 cells, but the header names 2 columns"),
    ("x,y\n1,5,2,5\n2,5,3,5\n", DEFAULT, "data: FILE line 2 has 4 cells, but the header names 2 columns"),
    ("x,y\n", DEFAULT, "data: FILE has no rows"),
    ("\n\n", DEFAULT, "data: FILE is text in UTF-8, but it has no lines with text"),
    ("a,b\n1,2\n", DEFAULT, "x_column: FILE has no column 'x'; it has 'a', 'b'"),
    ("x,b\n1,2\n", DEFAULT, "y_column: FILE has no column 'y'; it has 'x', 'b'"),
    ("Time,Volt\n1,2\n", Columns("time", "2"), "x_column: FILE has no column 'time'; did you mean 'Time'? it has"),
    ("1,2,3\n3,4,5\n", DEFAULT, "x_column: FILE has no names for its 3 columns, so no column 'x'; take them by number"),
    ("x,y\n1,2\n", WITH_ERRORS, "error_column: FILE has no column 's'; it has 'x', 'y'"),
    (
        "x,y,d\n1,2,3\n",
        Columns(derivatives=("slope",)),
        "match_derivatives: FILE has no column 'slope'; it has 'x', 'y'",
    ),
    (",".join(f"c{i}" for i in range(30)), DEFAULT, "'c18', 'c19' and 10 more"),
    ("x,y,y\n1,2,3\n", DEFAULT, "y_column: FILE has 2 columns named 'y'; take one by its number, 1 to 3"),
    ("x,y\n1,2\n", Columns("x", "x"), "y_column: 'x' is named twice, first as the x_column"),
    ("x,y\n1,2\n", Columns("x", "1"), "y_column: '1' is named twice, first as the x_column"),
]


@pytest.mark.parametrize(("text", "columns", "message"), REFUSED_CSV, ids=[message for _, _, message in REFUSED_CSV])
def test_csv_that_is_refused(tmp_path: Path, text: str, columns: Columns, message: str) -> None:
    assert message in refusal(written(tmp_path, text), columns)


def test_what_can_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(tmp_path / "no.csv") == "data: FILE cannot be read: No such file or directory"
    assert refusal(Path("a\0.csv")) == "data: FILE cannot be read: embedded null byte"
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv") == "data: FILE is a folder"
    os.mkfifo(tmp_path / "pipe.csv")
    assert refusal(tmp_path / "pipe.csv") == "data: FILE is not a regular file"
    path = saved(tmp_path, [[1, 2]])
    # The tests may run as root, who may read everything.
    monkeypatch.setattr(Path, "open", Mock(side_effect=PermissionError(13, "Permission denied")))
    assert refusal(path) == "data: FILE cannot be read: Permission denied"


@pytest.mark.parametrize("name", ["m.csv", "m.txt", "m.csv.gz", "m.xlsx", "m.npz", "m.parquet", "m.npy", "a\nb.csv"])
def test_empty_files(tmp_path: Path, name: str) -> None:
    assert refusal(written(tmp_path, "", name)).endswith("is empty")


@pytest.mark.parametrize("name", ["m", "m.pdf", "m.xls"])
def test_other_suffixes(tmp_path: Path, name: str) -> None:
    allowed = ".csv, .tsv, .txt, .dat, .xy, .gz, .xlsx, .parquet, .npy, .npz"
    assert refusal(written(tmp_path, "", name)) == f"data: FILE has an unknown suffix; allowed are {allowed}"


def test_more_rows_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(8.0)
    paths = [parquet(tmp_path, x=x, y=x), saved(tmp_path, np.column_stack([x, x]))]
    paths.append(written(tmp_path, "x,y\n" + "".join(f"{i},{i}\n" for i in x)))
    monkeypatch.setattr(tables, "MAX_ROWS", 8)
    assert [len(points(path)[0]) for path in paths] == [8, 8, 8]
    monkeypatch.setattr(tables, "MAX_ROWS", 7)
    assert {refusal(path) for path in paths} == {"data: FILE has more than 7 rows, which is the limit"}


def test_the_limits_are_checked_before_all_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 4)
    monkeypatch.setattr(text_tables, "_BLOCK", 10)
    # What follows would be refused for something else.
    assert "more than 4 rows" in refusal(written(tmp_path, "x,y\n" + "1,1\n" * 6 + "1,2,3\n"))
    # A megabyte of equal numbers takes a few kilobytes.
    path = parquet(tmp_path, x=np.zeros(100_000), y=np.zeros(100_000))
    monkeypatch.setattr(pyarrow.parquet.ParquetFile, "iter_batches", None)
    assert path.stat().st_size < 10_000
    assert "more than 4 rows" in refusal(path)
    monkeypatch.setattr(tables, "MAX_BYTES", 10)
    assert refusal(written(tmp_path, "x,y\n1,1\n2,2\n")) == "data: FILE has 12 bytes; at most 10 are allowed"
