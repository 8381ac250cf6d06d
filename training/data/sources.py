"""The text of a file: unpacked, in the encoding that it is in; and what a file is that is no text."""

import codecs
import gzip
import io
import re
from contextlib import closing
from pathlib import Path
from typing import IO

from training.data import tables
from training.data.tables import refused

# Enough to tell an encoding and a format by.
_SAMPLE = 65_536
# How a file begins that is no text, whatever its suffix; the last are tried last.
_FORMATS = {
    b"\x89PNG": "an image (PNG)",
    b"\xff\xd8\xff": "an image (JPEG)",
    b"GIF8": "an image (GIF)",
    b"II*\x00": "an image (TIFF)",
    b"MM\x00*": "an image (TIFF)",
    b"RIFF": "audio, video or an image (RIFF)",
    b"%PDF": "a PDF document: export its table",
    b"PAR1": "a Parquet file: name it .parquet",
    b"\x93NUMPY": "a NumPy array: name it .npy",
    b"\x89HDF": "an HDF5 file: export the columns",
    b"CDF": "a netCDF file: export the columns",
    b"SQLite format 3": "an SQLite database: export the table",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls): save it as .xlsx",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: name it .xlsx, .npz or unpack it",
    b"BZh": "packed by bzip2: unpack it",
    b"\xfd7zXZ": "packed by xz: unpack it",
    b"\x28\xb5\x2f\xfd": "packed by Zstandard: unpack it",
    b"7z\xbc\xaf": "a 7-Zip archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"ARROW1": "an Arrow file: save it as Parquet",
    b"MATLAB 5.0": "a MATLAB file: export the columns",
    b"{\\rtf": "a document (RTF), not plain text",
    b"\x7fELF": "a program",
}
_MARKUP = (b"<!doctype html", b"<html", b"<?xml", b"<svg")
_JSON = re.compile(rb'\s*(\{\s*"|\[\s*[\[{])')
_GZIP = b"\x1f\x8b"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-32": "UTF-32",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}
FALLBACK = "cp1252"  # of what is no UTF-8: it knows nearly every byte


class _Bounded(io.RawIOBase):
    """What a packed file holds, up to the limit: a few kilobytes can hold terabytes."""

    def __init__(self, path: Path):
        self._path, self._stream, self._read = path, gzip.GzipFile(path, "rb"), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        self._read += len(content)
        if self._read > tables.MAX_BYTES:
            raise refused("data", f"{self._path} holds more than {tables.MAX_BYTES:,} bytes, which is the limit")
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()


def what_is(path: Path) -> str | None:
    """What a file is that is neither text nor packed text, by its first bytes; None for what may be text."""
    with path.open("rb") as file:
        start = file.read(512)
    known = (what for magic, what in _FORMATS.items() if start.startswith(magic))
    if (what := next(known, None)) is not None:
        return what
    if start.lstrip(codecs.BOM_UTF8 + b" \r\n\t").lower().startswith(_MARKUP):
        return "a page or a document of markup (HTML or XML): export its table as text"
    return "JSON: save its columns as text" if _JSON.match(start) else None


def open_text(path: Path, encoding: str | None) -> tuple[IO[str], str]:
    """The text of a file, line ends as they are in Python, and how it is encoded.

    Raises:
        InvalidParameter: it is no text.
    """
    if (what := what_is(path)) is not None:
        raise refused("data", f"{path} is {what}")
    with closing(_open_bytes(path)) as file:
        sample = file.read(_SAMPLE)
    encoding = encoding or _encoding(path, sample)
    return io.TextIOWrapper(_open_bytes(path), encoding, newline=None), encoding


def described(path: Path, encoding: str) -> str:
    """How the text is encoded, and packed, in words."""
    packed = "packed " if _is_packed(path) else ""
    return f"{packed}text in {_NAMES.get(encoding, encoding)}"


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _open_bytes(path: Path) -> IO[bytes]:
    return io.BufferedReader(_Bounded(path), 2**16) if _is_packed(path) else path.open("rb")


def _encoding(path: Path, sample: bytes) -> str:
    """Find the encoding: by its byte order mark, by where its zeros are, UTF-8 where it is that, else Windows-1252."""
    for mark, encoding in _MARKS.items():
        if sample.startswith(mark):
            return encoding
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd:
        if max(even, odd) > 0.8 * len(sample) / 2 and min(even, odd) < 0.1 * max(even, odd):
            return "utf-16-be" if even > odd else "utf-16-le"
        raise refused("data", f"{path} is not text: it holds bytes that are 0")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return FALLBACK
    return "utf-8"
