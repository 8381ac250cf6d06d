import numpy as np
import pyarrow
import pytest

from training.data.faults import Faults
from training.data.tables import Chunk, Role

ROLES: tuple[Role, ...] = (("x_column", "x"), ("y_column", "y"), ("error_column", "s"))


def faults(y: list[str], rows: int = 100, s: float = 1.0) -> Faults:
    """Of so many rows, of which the first have these cells as y."""
    cells = [*y, *["1"] * (rows - len(y))]
    numbers = np.ones((rows, 3))
    numbers[: len(y), 1] = np.nan
    numbers[-1, 2] = s
    text = [pyarrow.array([str(i) for i in range(rows)]), pyarrow.array(cells), pyarrow.array(["1"] * rows)]
    found = Faults("line")
    usable = found.usable(Chunk(numbers, np.arange(2, rows + 2), text), ROLES)
    assert usable.sum() + found.count == rows == found.rows
    return found


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        *((cell, "is missing") for cell in ("", "NA", "n.a.", "-", "NaN", " ")),
        *((cell, "is a number in another format") for cell in ("1,5", "1,234.5", "1 234", "\u22121,5", "1.234.567")),
        *((cell, "is not a number") for cell in ("x", "5 mV", "1_0", "2024-01-01")),
        *((cell, "is not a finite number") for cell in ("inf", "-Infinity")),
    ],
)
def test_reasons(cell: str, reason: str) -> None:
    found = faults([cell])
    assert found.reasons() == {f"column 'y' {reason}": 1}
    assert found.describe() == f"column 'y' {reason} in 1 (first line 2: {cell!r})"


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        (faults(["NA"] * 10), "invalid_rows=drop omits them"),
        (faults(["NA"] * 3, rows=7), "invalid_rows=drop omits them"),
        (faults(["NA"] * 11), "too many to be left out"),
        (faults(["x"] * 100), "too many to be left out"),
        (faults(["NA"] * 3, rows=5), "too many to be left out"),
        (faults(["NA", "1,5"]), "decimal, thousands and separator say how numbers are written"),
        (faults([], s=0.0), "an error of 0 is no weight, and without these rows the fit is biased"),
    ],
)
def test_rows_are_left_out_only_where_they_are_few(found: Faults, advice: str) -> None:
    assert found.advice().startswith(advice)
    assert ("drop" in found.advice()) == advice.startswith("invalid_rows")


def test_each_row_counts_once_and_the_most_come_first() -> None:
    found = faults(["x", "NA", "NA"])
    second = Chunk(np.array([[np.nan, np.nan, 1.0], [1, 1, -1]]), np.array([200, 201]), None, [(199, "*** pause ***")])
    found.usable(second, ROLES)
    assert (found.count, found.rows) == (6, 103)
    assert found.reasons() == {
        "column 'y' is missing": 2,
        "column 'y' is not a number": 1,
        "the line is no row of the table": 1,
        "column 'x' is missing": 1,
        "column 's' is not greater than 0": 1,
    }
    assert "the line is no row of the table in 1 (first line 199: '*** pause ***')" in found.describe()
