from pathlib import Path

import pytest

from tests.support.tables import DEFAULT, points, refusal, written
from training.data import text_tables
from training.data.measurements import read
from training.data.tables import Columns


def test_lines_beneath_the_table_are_left_out_and_said(tmp_path: Path) -> None:
    found = read(written(tmp_path, "x,y\n1,2\n2,3\n3,5\n\nEnd of the measurement\n-----\n"), DEFAULT, "refuse")
    assert (found.x.tolist(), found.dropped) == ([1, 2, 3], 0)
    assert found.left_out == ["2 line(s) beneath the table were left out, first line 6: 'End of the measurement'"]


def test_lines_within_the_table_that_are_no_rows_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\n1,2\n2,3\n*** restarted ***\n3,5\n4,1\n")
    assert refusal(path) == (
        "data: FILE has 1 unusable row(s) of 5: the line is no row of the table in 1 "
        "(first line 4: '*** restarted ***'); invalid_rows=drop omits them"
    )
    (said,) = read(path, DEFAULT, "drop").left_out
    assert said.startswith("1 of 5 rows were left out: the line is no row of the table in 1 (first line 4")


@pytest.mark.parametrize("block", [10, 64, 2**20])
@pytest.mark.parametrize("last", ["7,1", '7,"1"', "7,1,", "7,1\n# the end", "7,1\n,,\n"])
def test_blocks_end_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, last: str) -> None:
    monkeypatch.setattr(text_tables, "_BLOCK", block)
    path = written(tmp_path, "# made by hand\nx,y\n1,2\n\n2,3\n  \n3,5\n# pause\n4,5\n,\n5,6\n6,0\n" + last)
    assert points(path) == [[1, 2, 3, 4, 5, 6, 7], [2, 3, 5, 5, 6, 0, 1]]
    assert read(path, DEFAULT, "refuse").rows.tolist() == [3, 5, 7, 9, 11, 12, 13]


def test_times_of_day_need_a_date(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\n10:00,1\n10:01,2\n10:02,4\n")
    assert refusal(path) == "x_column: 'x' of FILE holds times of day without their dates"


def test_the_day_of_an_ambiguous_date_is_told_by_a_later_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_tables, "_BLOCK", 30)
    rows = [f"0{1 + i % 9}/04/2024,{i}" for i in range(50)]
    path = written(tmp_path, "\n".join(["x,y", *rows]))
    assert refusal(path).startswith("dates: in FILE 01/04/2024 can be 1 Apr 2024 or 4 Jan 2024; dates=day_first or")
    found = read(written(tmp_path, "\n".join(["x,y", *rows, "30/04/2024,1"])), DEFAULT, "refuse")
    assert (found.origin, found.x[-1]) == ("2024-04-01T00:00:00", 29 * 86400)


def test_a_number_far_below_tells_the_decimal_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_tables, "_BLOCK", 30)
    rows = [f"{i};{1 + i % 9},234" for i in range(50)]
    assert refusal(written(tmp_path, "\n".join(["x;y", *rows]))).startswith(
        "decimal: in FILE 1,234 can be 1.234 or 1234"
    )
    assert points(written(tmp_path, "\n".join(["x;y", *rows, "50;0,5"])))[1][:2] == [1.234, 2.234]
    assert points(written(tmp_path, "\n".join(["x;y", *rows, "50;0.5"])))[1][:2] == [1234, 2234]


def test_both_ways_of_cutting_rows_agree(tmp_path: Path) -> None:
    rows = [f"{i},{i * i % 11}.25,a" for i in range(100)]
    plain = read(written(tmp_path, "\n".join(["x,y,n", *rows])), DEFAULT, "refuse")
    rows[50] = rows[50].replace("a", '"a"')
    quoted = read(written(tmp_path, "\n".join(["x,y,n", *rows])), Columns(), "refuse")
    assert (plain.x.tolist(), plain.y.tolist(), plain.rows.tolist()) == (
        quoted.x.tolist(),
        quoted.y.tolist(),
        quoted.rows.tolist(),
    )
