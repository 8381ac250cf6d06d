import hashlib
import os
import re
import struct
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from unittest.mock import Mock

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training import measurements
from training.errors import InvalidParameter
from training.measurements import Columns, read

DEFAULT, WITH_ERRORS, WITH_SLOPES = Columns(), Columns(standard_error="s"), Columns(derivatives=("dy", "d2y"))
NUMBERS = st.floats(-1e150, 1e150)


def points(path: Path, invalid_rows: Literal["refuse", "drop"] = "refuse") -> list[list[float]]:
    """The x and the y that are read."""
    found = read(path, DEFAULT, invalid_rows)
    assert found.x.dtype == found.y.dtype == np.float64
    return [found.x.tolist(), found.y.tolist()]


def refusal(path: Path, columns: Columns = DEFAULT, invalid_rows: Literal["refuse", "drop"] = "refuse") -> str:
    """What reading the file is refused with, FILE in place of its path."""
    with pytest.raises(InvalidParameter) as raised:
        read(path, columns, invalid_rows)
    assert "\n" not in str(raised.value)
    return str(raised.value).replace(str(path), "FILE")


def written(folder: Path, content: str | bytes, name: str = "m.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def saved(folder: Path, array: Any) -> Path:
    np.save(folder / "m.npy", array)
    return folder / "m.npy"


def parquet(folder: Path, **columns: Any) -> Path:
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "m.parquet")
    return folder / "m.parquet"


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
    assert (found.standard_error, found.slopes, found.dropped) == (None, {}, 0)


def test_all_columns_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "t,v,s,d1,d2\n3,9,0.3,6,2\n1,1,0.1,2,2\n2,4,0.2,4,2\n")
    found = read(path, Columns("t", "v", "s", ("d1", "d2")), "refuse")
    assert found.standard_error is not None
    columns = [found.x, found.y, found.standard_error, found.slopes[1], found.slopes[2]]
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


CELLS = ("", "a", "nan", "NA", "-inf", "1e400", "1+2j", "True", "1,5", "1_0", "\u0661", "0x1", "2024-01-01", "1\n2")


@pytest.mark.parametrize("cell", CELLS)
def test_invalid_cells_are_refused_with_their_line_or_dropped(tmp_path: Path, cell: str) -> None:
    path = written(tmp_path, f'x,y\n1,1\n2,"{cell}"\n3,3\n4,"{cell}"\n5,5\n')
    message = f"data: FILE has 2 unusable row(s), first line 3: column 'y' is {cell!r}, not a finite number; "
    assert refusal(path) == message + "invalid_rows=drop omits them"
    assert points(path, "drop") == [[1, 3, 5], [1, 3, 5]]
    assert read(path, DEFAULT, "drop").dropped == 2


def test_standard_errors_are_greater_than_0(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y,s\n1,1,1\n2,2,-0.1\n3,3,1\n4,5,1\n5,6,0\n")
    message = "2 unusable row(s), first line 3: column 's' is '-0.1', not greater than 0;"
    assert message in refusal(path, WITH_ERRORS)
    assert read(path, WITH_ERRORS, "drop").dropped == 2


def test_chunks(tmp_path: Path) -> None:
    rows = [f"{i},{i * i}" for i in range(2 * measurements.CHUNK_ROWS + 7)]
    assert len(points(written(tmp_path, "\n".join(["x,y", *rows])))[0]) == len(rows)
    at = measurements.CHUNK_ROWS + 3
    rows[at] = "?,1"
    path = written(tmp_path, "\n".join(["x,y", *rows]))
    assert f"line {at + 2}: column 'x' is '?'" in refusal(path)
    assert len(points(path, "drop")[0]) == len(rows) - 1


def test_rows_of_later_chunks_are_counted_from_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "CHUNK_ROWS", 2)
    path = parquet(tmp_path, x=[1, 2, 3, 4.0, np.inf], y=[1, 2, 3, None, 5])
    assert "2 unusable row(s), first row 4: column 'y' is nan, not a finite number" in refusal(path)
    assert points(path, "drop") == [[1, 2, 3], [1, 2, 3]]
    assert "row 5: column 'x' is inf" in refusal(saved(tmp_path, [[1, 1], [2, 2], [3, 3], [4, 4], [np.inf, 5]]))


NO_HEADER = "data: FILE has no header line; its first line, to name the columns, is "
REFUSED_CSV = [
    ("x,y\n1,1\n2\n", DEFAULT, "line 3: column 'y' is ''"),
    ('x,y,n\n1,1,"a\nb\nc"\n\n2,bad,"d\ne"\n3,3,\n', DEFAULT, "line 6: column 'y' is 'bad'"),
    (f"x,y\n1,{'a' * 500}\n", DEFAULT, "column 'y' is 'aaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaa',"),
    ('x,y\n1,1\n2,"2\n3,3\n', DEFAULT, "data: FILE can not be read: line 3: unexpected end of data"),
    ('x,y\n1,1\n"2"2,2\n', DEFAULT, "data: FILE can not be read: line 3: ',' expected after '\"'"),
    (f"x,y\n1,{'1' * 200_000}\n", DEFAULT, "data: FILE can not be read: line 2: field larger than field limit"),
    ("x,y\n1,1\n1,5,2,5\n", DEFAULT, "data: FILE line 3 has 4 cells, but the header names 2 columns"),
    ("x,y\n", DEFAULT, "data: FILE has no rows"),
    ("1,2\n3,4\n", DEFAULT, NO_HEADER + "'1', '2'"),
    ("1,5;-2e3\n3;4\n", DEFAULT, NO_HEADER + "'1,5', '-2e3'"),
    ("\n\n", DEFAULT, NO_HEADER + "blank"),
    ("a,b\n1,2\n", DEFAULT, "x_column: FILE has no column 'x'; it has 'a', 'b'"),
    ("x,b\n1,2\n", DEFAULT, "y_column: FILE has no column 'y'; it has 'x', 'b'"),
    ("x,y\n1,2\n", WITH_ERRORS, "error_column: FILE has no column 's'; it has 'x', 'y'"),
    ("x,y,dy\n1,2,3\n", WITH_SLOPES, "match_derivatives: FILE has no column 'd2y'; it has 'x', 'y', 'dy'"),
    (",".join(f"c{i}" for i in range(30)), DEFAULT, "'c18', 'c19' and 10 more"),
    ("x,y,y\n1,2,3\n", DEFAULT, "y_column: FILE has 2 columns named 'y'"),
    ("x,y\n1,2\n", Columns("x", "x"), "y_column: 'x' is named twice, first as the x_column"),
]


@pytest.mark.parametrize(("text", "columns", "message"), REFUSED_CSV, ids=[message for _, _, message in REFUSED_CSV])
def test_csv_that_is_refused(tmp_path: Path, text: str, columns: Columns, message: str) -> None:
    assert message in refusal(written(tmp_path, text), columns)


def test_parquet(tmp_path: Path) -> None:
    y = pyarrow.array(map(Decimal, ["1.25", "2.5", "3.75"]))
    path = parquet(tmp_path, y=y, note=["a", "b", "c"], x=[2**60 + 1, 0, 1], s=np.array([1, 2, 3], np.float32))
    assert points(path) == [[0, 1, 2.0**60], [2.5, 3.75, 1.25]]
    found = read(path, WITH_ERRORS, "refuse").standard_error
    assert found is not None
    assert found.tolist() == [2, 3, 1]


@pytest.mark.parametrize("values", [["1", "2", "3"], [True, False, True], [None] * 3, [[1], [2], [3]]])
def test_parquet_of_other_types(tmp_path: Path, values: list[Any]) -> None:
    path = parquet(tmp_path, x=[1, 2, 3], y=values)
    assert re.fullmatch("y_column: 'y' of FILE holds '.*', not numbers", refusal(path, invalid_rows="drop"))


def test_npy_by_position(tmp_path: Path) -> None:
    assert points(saved(tmp_path, np.array([[3, 1], [1, 2], [2, 4]], order="F"))) == [[1, 2, 3], [2, 4, 1]]
    found = read(saved(tmp_path, np.array([[3, 1, 0.1], [1, 2, 0.2], [2, 4, 0.4]], ">f4")), DEFAULT, "refuse")
    np.testing.assert_array_equal(found.standard_error, np.array([0.2, 0.4, 0.1], np.float32))


def test_structured_npy(tmp_path: Path) -> None:
    fields = [("name", "U5"), ("v", "f4"), ("t", "i8"), ("dv", ">f8")]
    array = np.array([("a", 1.5, 3, 0.1), ("b", 2.5, 1, 0.2), ("c", 3, 2, 0.3)], dtype=fields)
    found = read(saved(tmp_path, array), Columns("t", "v", derivatives=("dv",)), "refuse")
    assert [c.tolist() for c in (found.x, found.y, found.slopes[1])] == [[1, 2, 3], [2.5, 3, 1.5], [0.2, 0.3, 0.1]]
    assert refusal(tmp_path / "m.npy", Columns("name", "v")) == "x_column: 'name' of FILE holds '<U5', not numbers"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        *((np.zeros((3, 2), kind), "x_column: 'x' of FILE holds .*, not") for kind in (bool, complex, "U3", "M8[s]")),
        *((np.zeros(shape), "data: FILE has the shape .*, not") for shape in ((), (3,), (3, 1), (3, 4), (3, 2, 1))),
        (np.zeros((0, 2)), "data: FILE has no rows"),
        ([(1, 1), (2, 2), (1, 3)], "x_column: FILE has too few distinct x in its usable rows, 1.0 and 2.0; at least 3"),
        ([(2, 1), (2, 2), (2, 3)], "x_column: .*, 2.0; at least 3 are needed"),
        ([(np.nan, 1)], "x_column: .*, none; at least 3 are needed"),
        ([(1, 7), (2, 7), (3, 7)], "y_column: every y of FILE is 7.0; a constant needs no fit"),
        ([(-1e308, 1), (0, 2), (1e308, 3)], r"x_column: .* beyond .1e\+150 or closer than 1e-150: -1e\+308, 1e\+308"),
        ([(0, 1), (1e-310, 2), (2e-310, 3)], "x_column: .* closer than 1e-150: 0.0, 2e-310"),
        ([(1, -1e308), (2, 1e308), (3, 3)], "y_column: .* beyond"),
        ([(1, 0), (2, 5e-324), (3, 0)], "y_column: .* closer"),
        ([(1, 0, 1), (2, 1, 1e-200), (3, 0, 1)], "error_column: .* closer"),
        ([(1, 0, 1), (2, 1, 1e200), (3, 0, 1)], "error_column: .* beyond"),
        (np.array([["0", "0"], ["1", "1"], ["2", "1e400"]], np.longdouble), "x_column: .* 0.0 and 1.0; at least 3"),
    ],
)
def test_npy_that_is_refused(tmp_path: Path, array: Any, message: str) -> None:
    assert re.match(message, refusal(saved(tmp_path, array), invalid_rows="drop"))


def test_pickles_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "can not be read" in refusal(saved(tmp_path, np.array([[1, None]] * 3, object)))
    # It changes the working folder where it is unpickled.
    assert "can not be read" in refusal(written(tmp_path, b"cposix\nchdir\n(V/\ntR.", "m.npy"))
    assert Path.cwd() == tmp_path


def npy(header: str) -> bytes:
    """A file of NumPy's format, with this header."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n" + bytes(64)


MALFORMED = {
    "latin.csv": "x,y\n1,2\xe9\n".encode("latin-1"),
    "utf16.csv": "x,y\n1,2\n".encode("utf-16"),
    "text.npy": b"x,y\n1,2\n",
    "short.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000, 2)}"),
    "huge.npy": npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**15}, 2)}}"),
    "deep.npy": npy("-" * 9000 + "1"),
    "unhashable.npy": npy("{[]: 1}"),
    "text.parquet": b"x,y\n1,2\n",
    "cut.parquet": b"PAR1\x00\x00\x00\x00PAR1",
}


@pytest.mark.parametrize(("name", "content"), MALFORMED.items(), ids=MALFORMED)
def test_malformed_files(tmp_path: Path, name: str, content: bytes) -> None:
    assert refusal(written(tmp_path, content, name)).startswith("data: FILE can not be read: ")


def test_what_can_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(tmp_path / "no.csv") == "data: FILE can not be read: No such file or directory"
    assert refusal(Path("a\0.csv")) == "data: FILE can not be read: embedded null byte"
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv") == "data: FILE is a folder"
    os.mkfifo(tmp_path / "pipe.csv")
    assert refusal(tmp_path / "pipe.csv") == "data: FILE is not a regular file"
    path = saved(tmp_path, [[1, 2]])
    # The tests may run as root, who may read everything.
    monkeypatch.setattr(Path, "open", Mock(side_effect=PermissionError(13, "Permission denied")))
    assert refusal(path) == "data: FILE can not be read: Permission denied"


@pytest.mark.parametrize("name", ["m.xlsx", "m", "m.npz", "m.csv.gz", "m.csv", "m.parquet", "m.npy", "a\nb.csv"])
def test_empty_files_and_other_suffixes(tmp_path: Path, name: str) -> None:
    unknown = "data: FILE has an unknown suffix; allowed are .csv, .tsv, .parquet, .npy"
    path = written(tmp_path, "", name)
    assert refusal(path).endswith("is empty" if path.suffix in (".csv", ".parquet", ".npy") else unknown)


def test_more_rows_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(8.0)
    paths = [parquet(tmp_path, x=x, y=x), saved(tmp_path, np.column_stack([x, x]))]
    paths.append(written(tmp_path, "x,y\n" + "".join(f"{i},{i}\n" for i in x)))
    monkeypatch.setattr(measurements, "MAX_ROWS", 8)
    assert [len(points(path)[0]) for path in paths] == [8, 8, 8]
    monkeypatch.setattr(measurements, "MAX_ROWS", 7)
    assert {refusal(path) for path in paths} == {"data: FILE has more than 7 rows, which is the limit"}


def test_the_limits_are_checked_before_all_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "MAX_ROWS", 4)
    monkeypatch.setattr(measurements, "CHUNK_ROWS", 2)
    # What follows would be refused for something else.
    assert "more than 4 rows" in refusal(written(tmp_path, "x,y\n" + "1,1\n" * 6 + "1,2,3\n"))
    # A megabyte of equal numbers takes a few kilobytes.
    path = parquet(tmp_path, x=np.zeros(100_000), y=np.zeros(100_000))
    monkeypatch.setattr(pyarrow.parquet.ParquetFile, "iter_batches", None)
    assert path.stat().st_size < 10_000
    assert "more than 4 rows" in refusal(path)
    monkeypatch.setattr(measurements, "MAX_BYTES", 10)
    assert refusal(written(tmp_path, "x,y\n1,1\n2,2\n")) == "data: FILE has 12 bytes; at most 10 are allowed"
