"""The files that people have: one of each kind, written here, and those of the shared folder where there is one."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from training.data.measurements import Measurements, read
from training.data.screening import warnings
from training.data.tables import Columns, Given
from training.errors import InvalidParameter
from training.targets.domain import Domain

# Beside the checkout, or where the variable says.
CASES = Path(os.environ.get("DERIVABLE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared files")

# As NIST's Gauss1 is: a sum of two peaks and a decay, at x = 1 … 250.
X = np.arange(1.0, 251.0)
Y = np.round(98.8 * np.exp(-0.0105 * X) + 100.5 * np.exp(-(((X - 67.5) / 23.1) ** 2)), 6)
SECONDS = np.datetime64("2020-01-01T00:00:00") + X.astype("timedelta64[s]")


def lines(*heading: str, sep: str = ",", x: Any = None, y: Any = None, end: str = "\n") -> str:
    columns = ([f"{v:.0f}" for v in X] if x is None else x), ([f"{v:.6f}" for v in Y] if y is None else y)
    return end.join([*heading, *(sep.join(cells) for cells in zip(*columns, strict=True))]) + end


def fortran(values: np.ndarray) -> list[str]:
    return [f"{value:.9E}".replace("E", "D") for value in values]


# Name: content, x and y column, what x is shifted by, what y is multiplied by.
TEXTS: dict[str, tuple[str | bytes, str, str, float, float]] = {
    "blanks.csv": (lines(sep="   "), "x", "y", 0, 1),
    "numbered.txt": (lines(sep=" "), "1", "2", 0, 1),
    "aligned.dat": (lines("  x       y", sep="   "), "x", "y", 0, 1),
    "decimal_comma.csv": (lines("x;y", sep=";", y=[f"{v:.6f}".replace(".", ",") for v in Y]), "x", "y", 0, 1),
    "comments.csv": (lines("# instrument: D8", "# date 2024-01-02", "x,y"), "x", "y", 0, 1),
    "savetxt.csv": (lines("# x y", sep=" ", x=[f"{v:.18e}" for v in X]), "x", "y", 0, 1),
    "utf16.csv": (lines("x\ty", sep="\t", end="\r\n").encode("utf-16"), "x", "y", 0, 1),
    "windows.csv": (lines("Temp [°C];Länge [µm]", sep=";").encode("cp1252"), "Temp [°C]", "Länge [µm]", 0, 1),
    "times.csv": (lines("timestamp,y", x=[str(s) for s in SECONDS]), "timestamp", "y", 1, 1),
    "thousands.csv": (lines("x,y", y=[f'"{12000 * v:,.1f}"' for v in Y]), "x", "y", 0, 12000),
    "fortran.csv": (lines("x,y", x=fortran(X), y=fortran(Y)), "x", "y", 0, 1),
    "sep.csv": (lines("sep=;", "x;y", sep=";", end="\r\n"), "x", "y", 0, 1),
    "preamble.csv": (lines("LabVIEW Measurement", "Separator,Comma", "***End***", "", "x,y"), "x", "y", 0, 1),
    "minus.csv": (lines("x,y", x=[f"{v - 300:.0f}".replace("-", "\u2212") for v in X]), "x", "y", 300, 1),
    "packed.csv.gz": (gzip.compress(lines("x,y").encode(), mtime=0), "x", "y", 0, 1),
    "nist.dat": (lines("NIST/ITL StRD", "Data  (lines 61 to 95)", "", "Data:  y     x", sep="  "), "y", "x", 0, 1),
}


def whole(path: Path, x: str, y: str) -> Measurements:
    found = read(path, Columns(x, y), "refuse")
    assert found.dropped == 0
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_text(tmp_path: Path, name: str) -> None:
    content, x, y, shift, factor = TEXTS[name]
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    found = whole(tmp_path / name, x, y)
    np.testing.assert_array_equal(found.x, X - shift)
    # As many digits as are written.
    np.testing.assert_allclose(found.y / factor, Y, rtol=0, atol=0.05 / factor if factor > 1 else 5e-7)
    assert found.origin == ("2020-01-01T00:00:01" if name == "times.csv" else None)


def test_other_formats(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.array([X, Y]))
    pyarrow.parquet.write_table(pyarrow.table({"x": SECONDS.astype("M8[ns]"), "y": Y}), tmp_path / "times.parquet")
    for name, shift in (("rows.npy", 0), ("times.parquet", 1)):
        found = whole(tmp_path / name, "x", "y")
        np.testing.assert_array_equal(np.column_stack([found.x, found.y]), np.column_stack([X - shift, Y]))


@needs_cases
@pytest.mark.parametrize(
    ("name", "x", "y", "first", "last"),
    [
        *((f"{name}.csv", "x", "y", (1, 97.62227), (250, 4.875359)) for name in ("Gauss1", "f02_ws_noheader")),
        ("f02_ws_noheader.csv", "1", "2", (1, 97.62227), (250, 4.875359)),
        ("f02c_ws_header_multi.csv", "x", "y", (1, 97.62227), (250, 4.87536)),
        ("f03_semicolon_deccomma.csv", "x", "y", (1, 97.62227), (250, 4.875359)),
        *((f"{name}.csv", "x", "y", (1, 97.62227), (250, 4.875359)) for name in ("f04_comments", "f07_utf16_tab")),
        *((f"{name}.csv", "x", "y", (1, 97.62227), (250, 4.875359)) for name in ("f15_fortranD", "f17_sep")),
        ("f04c_savetxt_hash_ws.csv", "x", "y", (1, 97.62227), (250, 4.875359)),
        ("f08_cp1252.csv", "Temp [°C]", "Länge [µm]", (1, 97.62227), (250, 4.875359)),
        ("f09b_datetimes.csv", "timestamp", "y", (0, 97.62227), (249, 4.875359)),
        ("f10b_thousands_mixed.csv", "x", "y", (1, 1171.5), (250, 58.5)),
        ("f11.csv.gz", "x", "y", (1, 97.62227), (250, 4.875359)),
        ("f25_unicode_minus.csv", "x", "y", (-99, 97.62227), (150, 4.875359)),
        ("f30_preamble.csv", "x", "y", (1, 97.62227), (250, 4.875359)),
        ("n1_T.npy", "x", "y", (1, 97.62227), (250, 4.875359)),
        ("p1_ts.parquet", "x", "y", (0, 97.62227), (249, 4.875359)),
        ("Eckerle4.dat", "x", "y", (400, 0.0001575), (500, 0.0000710)),
        ("Hahn1.csv", "x", "y", (14.13, 0.08), (851.61, 20.93)),
        ("Thurber.csv", "x", "y", (-3.067, 80.574), (2.2, 1457.628)),
        ("co2_clean.csv", "date", "average", (1958.208, 315.71), (2018.042, 407.98)),
        ("mcycle.csv", "times", "accel", (2.4, 0), (57.6, 10.7)),
        ("sensors.csv", "t", "temp", (0, 20.107632), (100, 17.158904)),
        ("sensors.csv", "t", "press", (0, 1300.7401), (100, 1011.037)),
        ("d22_ar1.csv", "x", "y", (0, 0), (10, -0.51254534432180576)),
    ],
)
def test_shared_files(name: str, x: str, y: str, first: tuple[float, float], last: tuple[float, float]) -> None:
    found = whole(CASES / name, x, y)
    assert (found.x[0], found.y[0], found.x[-1], found.y[-1]) == (*first, *last)
    assert warnings(found, Domain(found.x[0], found.x[-1]), x, y) == []


@needs_cases
@pytest.mark.parametrize("name", ["d03_outliers.csv", "d07_nano.csv", "d09_log.csv"])
def test_shared_files_in_which_nothing_is_a_code(name: str) -> None:
    found = whole(CASES / name, "x", "y")
    assert warnings(found, Domain(found.x[0], found.x[-1]), "x", "y") == []


@needs_cases
def test_shared_files_with_what_is_no_measurement() -> None:
    found = whole(CASES / "f14b_sentinel.csv", "x", "y")
    (said,) = warnings(found, Domain(1, 250), "x", "y")
    assert "5 of 250 values of column 'y' are -999.99" in said
    assert "(line 12, 42, 82, 122, 202)" in said
    found = whole(CASES / "d14_stray_x.csv", "x", "y")
    (said,) = warnings(found, Domain(0, 1.7e9), "x", "y")
    assert said.startswith("x = 0 of column 'x' lies far from all others")
    assert "(line 2)" in said
    with pytest.raises(InvalidParameter, match=r"105 unusable row\(s\) of 200: .*biased.*sqrt\(max\(N, 1\)\)"):
        read(CASES / "d16_poisson.csv", Columns(standard_error="sigma"), "refuse")


def test_what_is_given_overrules(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("x;y\n1;1,234\n2;2,345\n3;3,456\n")
    with pytest.raises(InvalidParameter, match=r"decimal: in .* 1,234 can be 1.234 or 1234, and no other number tells"):
        read(path, Columns(), "refuse")
    assert read(path, Columns(), "refuse", Given(decimal=",")).y.tolist() == [1.234, 2.345, 3.456]
    assert read(path, Columns(), "refuse", Given(thousands=",")).y.tolist() == [1234, 2345, 3456]
