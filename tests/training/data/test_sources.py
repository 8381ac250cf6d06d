import gzip
from pathlib import Path

import pytest

from tests.support.tables import DEFAULT, points, refusal, written
from training.data import tables
from training.data.measurements import read
from training.data.sources import what_is
from training.data.tables import Columns, Given
from training.errors import InvalidParameter

TABLE = "x,y\n1,2\n2,3\n3,5\n"
READ = [[1, 2, 3], [2, 3, 5]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings(tmp_path: Path, encoding: str, end: str) -> None:
    assert points(written(tmp_path, TABLE.replace("\n", end).encode(encoding))) == READ


def test_what_shows_beyond_the_first_lines(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i * i % 7},a note of some length\n" for i in range(4_000))
    path = written(tmp_path, ("x,y,n\n" + rows + "4000,5,\u00b0\n").encode("cp1252"))
    found = read(path, DEFAULT, "refuse")
    assert len(found.x) == 4_001
    assert found.description.startswith("text in Windows-1252")
    with pytest.raises(InvalidParameter, match=r"encoding: .* is not utf-8; encoding names what it is in"):
        read(path, DEFAULT, "refuse", Given(encoding="utf-8"))


def test_an_encoding_that_is_given(tmp_path: Path) -> None:
    path = written(tmp_path, "\u03c4,y\n1,2\n2,3\n3,5\n".encode("iso8859-7"))
    assert read(path, Columns("\u03c4", "y"), "refuse", Given(encoding="iso8859-7")).x.tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["m.csv.gz", "m.gz", "m.csv"])
def test_packed_text(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, gzip.compress(TABLE.encode(), mtime=0), name)
    assert points(path) == READ
    assert read(path, DEFAULT, "refuse").description.startswith("packed text in UTF-8")


def test_packed_text_is_limited_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = written(tmp_path, gzip.compress(b"x,y\n" + b"\n" * 3_000_000, mtime=0), "m.csv.gz")
    cut = written(tmp_path, gzip.compress(TABLE.encode() * 1_000, mtime=0)[:-20], "n.csv.gz")
    assert refusal(cut).startswith("data: FILE cannot be read: ")
    assert refusal(written(tmp_path, gzip.compress(b"1" * 3_000_000, mtime=0), "o.gz")).endswith(
        "is no table: line 1 has more than 1,048,576 characters"
    )
    monkeypatch.setattr(tables, "MAX_BYTES", 1_000_000)
    assert refusal(bomb) == "data: FILE holds more than 1,000,000 bytes, which is the limit"


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "an image (PNG)"),
        (b"\xff\xd8\xff\xe0", "an image (JPEG)"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PAR1", "a Parquet file: name it .parquet"),
        (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook (.xls): save it as .xlsx"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"<!DOCTYPE html>", "a page or a document of markup"),
        (b'{"x": [1, 2], "y": [2, 3]}', "JSON"),
        (b"\x00\x01\x02\x03" * 10, "not text: it holds bytes that are 0"),
    ],
)
def test_what_is_no_text(tmp_path: Path, start: bytes, what: str) -> None:
    assert refusal(written(tmp_path, start + b" and so on")).startswith(f"data: FILE is {what}")


@pytest.mark.parametrize("start", [b"x,y\n", b"[Header]\n", b"1 2\n", "\ufeffx".encode(), gzip.compress(b"x", mtime=0)])
def test_what_may_be_text(tmp_path: Path, start: bytes) -> None:
    assert what_is(written(tmp_path, start)) is None
