from pathlib import Path

import pytest

from tests.benchmarks.page import write_section


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("a\n<!-- x -->\nold\nolder\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n")
    write_section("x", r"new \1", path)
    assert path.read_text() == "a\n<!-- x -->\nnew \\1\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n"


def test_a_file_without_marks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("a")
    with pytest.raises(ValueError, match="has no marks for x"):
        write_section("x", "new", path)
    assert path.read_text() == "a"
