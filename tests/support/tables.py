"""Files of data as tests write them, and what reading them gives."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from training.data.measurements import read
from training.data.tables import Columns
from training.errors import InvalidParameter

DEFAULT, WITH_ERRORS, WITH_SLOPES = Columns(), Columns(standard_error="s"), Columns(derivatives=("dy", "d2y"))


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
