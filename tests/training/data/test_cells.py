import pytest

from training.data.cells import BLANKS, comment_prefix, is_value, records, splitter, trimmed


@pytest.mark.parametrize(
    ("separator", "line", "cells"),
    [
        (",", " a , b ,, ", ["a", "b"]),
        (";", '"a;b";2', ["a;b", "2"]),
        (BLANKS, "  1\t2   3 ", ["1", "2", "3"]),
        (",", '"open,1', ["open,1"]),
        (",", ",,", []),
    ],
)
def test_lines_are_cut_into_cells(separator: str, line: str, cells: list[str]) -> None:
    assert splitter(separator)(line) == cells


def test_empty_cells_count_only_between_others() -> None:
    assert trimmed(["", "a", "", "b", "", ""]) == ["", "a", "", "b"]


def test_comments_and_the_errors_of_spreadsheets() -> None:
    assert comment_prefix("  # note", ["#", "%"]) == "#"
    assert comment_prefix("% note", ["#", "%"]) == "%"
    assert comment_prefix("#N/A,3", ["#"]) is None
    assert comment_prefix("1,2", ["#"]) is None


@pytest.mark.parametrize(
    ("cell", "is_one"),
    [
        ("1.5e3", True),
        ("1,5", True),
        ("inf", True),
        ("2024-03-01", True),
        ("12:30:01", True),
        ("abc", False),
        ("", False),
    ],
)
def test_values(cell: str, is_one: bool) -> None:
    assert is_value(cell) == is_one


def test_a_quoted_cell_may_go_over_several_lines_but_not_over_all() -> None:
    lines = ["a,b", '1,"two', 'lines"', "2,3"]
    assert list(records(iter(lines), most=5)) == [(1, "a,b"), (2, '1,"two\nlines"'), (4, "2,3")]
    assert list(records(iter(['1,"never', "2,3", "4,5"]), most=2)) == [(1, '1,"never'), (2, "2,3"), (3, "4,5")]
