import re
import struct
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest

from tests.support.tables import DEFAULT, WITH_ERRORS, parquet, points, refusal, saved, written
from training.data import tables
from training.data.measurements import read
from training.data.tables import Columns, Given
from training.errors import InvalidParameter


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
    assert [c.tolist() for c in (found.x, found.y, found.derivatives[1])] == [[1, 2, 3], [2.5, 3, 1.5], [0.2, 0.3, 0.1]]
    assert refusal(tmp_path / "m.npy", Columns("name", "v")) == "x_column: 'name' of FILE holds '<U5', not numbers"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        *((np.zeros((3, 2), kind), "x_column: 'x' of FILE holds .*, not") for kind in (bool, complex, "U3", "M8[M]")),
        (np.zeros((3, 2), "M8[s]"), "y_column: 'y' of FILE holds '<M8.s.', not numbers"),
        *((np.zeros(shape), "data: FILE has the shape .*, not") for shape in ((), (3,), (3, 1), (1, 9), (3, 2, 1))),
        (np.zeros((9, 4)), "x_column: FILE has no column 'x'; it has '1', '2', '3', '4'"),
        (np.zeros((0, 2)), "data: FILE has the shape"),
        ([(1, 1), (2, 2), (1, 3)], "x_column: FILE has too few distinct x in its usable rows, 1.0 and 2.0; at least 3"),
        ([(2, 1), (2, 2), (2, 3)], "x_column: .*, 2.0; at least 3 are needed"),
        ([(np.nan, 1), (np.nan, 2)], "data: FILE has no usable rows: column 'x' is missing in 2"),
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
    assert "cannot be read" in refusal(saved(tmp_path, np.array([[1, None]] * 3, object)))
    # It changes the working folder where it is unpickled.
    assert "cannot be read" in refusal(written(tmp_path, b"cposix\nchdir\n(V/\ntR.", "m.npy"))
    assert Path.cwd() == tmp_path


def npy(header: str) -> bytes:
    """A file of NumPy's format, with this header."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n" + bytes(64)


MALFORMED = {
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
    assert refusal(written(tmp_path, content, name)).startswith("data: FILE cannot be read: ")


def test_rows_for_columns(tmp_path: Path) -> None:
    table = np.array([[3.0, 1, 2, 4], [1, 2, 4, 0]])
    assert points(saved(tmp_path, table)) == [[1, 2, 3, 4], [2, 4, 1, 0]]
    assert "a row for each of x and y" in read(tmp_path / "m.npy", DEFAULT, "refuse").description


def test_more_columns_by_number(tmp_path: Path) -> None:
    table = np.column_stack([np.arange(5.0), np.ones(5), np.arange(5.0) ** 2, np.zeros(5)])
    found = read(saved(tmp_path, table), Columns("1", "3"), "refuse")
    assert found.y.tolist() == [0, 1, 4, 9, 16]


def test_times_are_seconds_since_the_first(tmp_path: Path) -> None:
    moments = np.array(["2024-03-01T00:00:01", "2024-02-29T23:59:59", "2024-03-01T00:00:00.25"], "M8[ns]")
    paths = [parquet(tmp_path, x=moments, y=[1, 2, 3])]
    for unit in ("ms", "us", "ns"):
        paths.append(written(tmp_path, b"", f"{unit}.npy"))
        np.save(paths[-1], np.array([*zip(moments, [1, 2, 3], strict=True)], [("x", f"M8[{unit}]"), ("y", "f8")]))
    for path in paths:
        found = read(path, DEFAULT, "refuse")
        assert (found.x.tolist(), found.y.tolist()) == ([0, 1.25, 2], [2, 3, 1])
        assert found.origin == "2024-02-29T23:59:59"
    zoned = pyarrow.array(moments).cast(pyarrow.timestamp("us", "Europe/Berlin"))
    assert read(parquet(tmp_path, x=zoned, y=[1, 2, 3]), DEFAULT, "refuse").origin == "2024-02-29T23:59:59+00:00"
    days = pyarrow.array(moments).cast(pyarrow.timestamp("s"), safe=False).cast(pyarrow.date32(), safe=False)
    with pytest.raises(InvalidParameter, match="too few distinct x"):
        read(parquet(tmp_path, x=days, y=[1, 2, 3]), DEFAULT, "refuse")


def test_npz_by_name(tmp_path: Path) -> None:
    x = np.array([2.0, 1, 3])
    np.savez(tmp_path / "m.npz", x=x, y=x**2, s=x / 10, other=np.zeros((2, 2)))
    assert points(tmp_path / "m.npz") == [[1, 2, 3], [1, 4, 9]]
    error = read(tmp_path / "m.npz", WITH_ERRORS, "refuse").standard_error
    assert error is not None
    assert error.tolist() == [0.1, 0.2, 0.3]
    np.savez_compressed(tmp_path / "m.npz", np.column_stack([x, x**2]))
    assert points(tmp_path / "m.npz") == [[1, 2, 3], [1, 4, 9]]
    np.savez(tmp_path / "m.npz", x=x, y=x[:2])
    assert refusal(tmp_path / "m.npz") == "data: the arrays of FILE have different lengths: 'x' has 3, 'y' has 2"
    np.savez(tmp_path / "m.npz", x=x, y=np.array([None] * 3))
    assert "cannot be read: Object arrays cannot be loaded" in refusal(tmp_path / "m.npz")


def test_what_a_packed_array_unpacks_to_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "m.npz", x=np.zeros(100_000), y=np.zeros(100_000))
    assert (tmp_path / "m.npz").stat().st_size < 10_000
    monkeypatch.setattr(tables, "MAX_BYTES", 1_000_000)
    assert re.search(r"FILE holds 1,600,\d+ bytes; at most 1,000,000 are allowed", refusal(tmp_path / "m.npz"))


def test_a_damaged_npz(tmp_path: Path) -> None:
    path = written(tmp_path, b"PK\x03\x04 and nothing else", "m.npz")
    assert refusal(path).startswith("data: FILE cannot be read: ")
    with zipfile.ZipFile(tmp_path / "n.npz", "w") as archive:
        archive.writestr("x.npy", b"nonsense")
        archive.writestr("y.npy", b"nonsense")
    assert refusal(tmp_path / "n.npz").startswith("x_column: FILE has no column 'x'")
    with zipfile.ZipFile(tmp_path / "n.npz", "w") as archive:
        archive.writestr("x.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (10**15,)}"))
    assert refusal(tmp_path / "n.npz").startswith("data: FILE cannot be read: ")


def test_what_only_text_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"decimal: .* is no text"):
        read(saved(tmp_path, np.eye(3)), DEFAULT, "refuse", Given(decimal=","))
