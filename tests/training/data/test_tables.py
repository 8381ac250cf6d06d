"""What readers share; the readers themselves have files of their own."""

from pathlib import Path

import pytest

from training.data.tables import MAX_ROWS, Columns, indices, refuse_too_many, refused, unreadable
from training.errors import InvalidParameter

PATH = Path("a.csv")
SIX = Columns("a", "u", "s", ("du/da", "du/db"), ("b",))


def test_roles_are_variables_outputs_errors_and_derivatives() -> None:
    assert Columns().roles == (("x_column", "x"), ("y_column", "y"))
    assert SIX.roles == (
        *(("x_column", "a"), ("x_column", "b"), ("y_column", "u"), ("error_column", "s")),
        *(("match_derivatives", "du/da"), ("match_derivatives", "du/db")),
    )


@pytest.mark.parametrize(
    ("columns", "names", "width", "expected"),
    [
        (Columns(), ["y", "other", "x"], 3, [2, 0]),
        (Columns("2", "1"), ["a", "b"], 2, [1, 0]),
        # A name counts before a number.
        (Columns("2", "1"), ["2", "1"], 2, [0, 1]),
        (Columns(), None, 2, [0, 1]),
        (SIX, ["s", "u", "b", "a", "du/db", "du/da"], 6, [3, 2, 1, 0, 5, 4]),
    ],
)
def test_columns_are_found_by_name_and_by_number(
    columns: Columns, names: list[str] | None, width: int, expected: list[int]
) -> None:
    assert indices(PATH, columns, names, width) == expected


@pytest.mark.parametrize(
    ("columns", "names", "message"),
    [
        (Columns("x", "Y"), ["x", "y"], "y_column: a.csv has no column 'Y'; did you mean 'y'? it has 'x', 'y'"),
        (Columns("x", "z"), ["x", "y"], "y_column: a.csv has no column 'z'; it has 'x', 'y'"),
        (Columns("x", "x"), ["x", "y"], "y_column: 'x' is named twice, first as the x_column"),
        (Columns(), ["x", "y", "y"], "y_column: a.csv has 2 columns named 'y'; take one by its number, 1 to 3"),
        (
            Columns(),
            None,
            "x_column: a.csv has no names for its 3 columns, so no column 'x'; take them by number, as x_column=1 "
            "y_column=2",
        ),
    ],
)
def test_what_is_not_there_once_is_refused_with_what_there_is(
    columns: Columns, names: list[str] | None, message: str
) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        indices(PATH, columns, names, 3 if names is None else len(names))
    assert str(refusal.value) == message


def test_a_wide_table_lists_twenty_of_its_columns() -> None:
    with pytest.raises(InvalidParameter, match=r"'c19' and 5 more$"):
        indices(PATH, Columns(), [f"c{number}" for number in range(25)], 25)


def test_refusals_are_one_line_with_the_parameter_to_mend() -> None:
    assert str(refused("data", "two\nlines  and spaces")) == "data: two lines and spaces"
    assert str(unreadable(PATH, OSError(13, "Permission denied"))) == "data: a.csv cannot be read: Permission denied"
    assert str(unreadable(PATH, ValueError())) == "data: a.csv cannot be read: ValueError"
    assert len(str(unreadable(PATH, ValueError("long " * 1_000)))) < 300


def test_the_limit_itself_is_allowed() -> None:
    refuse_too_many(PATH, MAX_ROWS)
    with pytest.raises(InvalidParameter, match=r"data: a.csv has more than 10,000,000 rows, which is the limit"):
        refuse_too_many(PATH, MAX_ROWS + 1)
