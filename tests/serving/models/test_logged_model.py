from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel

from serving.errors import RefusedModel
from serving.models.logged_model import Version, checked, description

VERSION = Version("f", 1, "champion", "r", "7", "s3://a", 12)


class Described(BaseModel):
    size: int


def test_a_version_is_the_same_by_any_alias_and_no_other() -> None:
    assert VERSION.is_same(replace(VERSION, alias=None, experiment_id="8"))
    for change in ({"name": "g"}, {"version": 2}, {"run_id": "q"}, {"source": "s3://b"}, {"created": 13}):
        assert not VERSION.is_same(replace(VERSION, **change))


@pytest.mark.parametrize(
    ("content", "found"),
    [("metadata: {a: 1}", {"a": 1}), ("metadata: 7", {}), ("[1]", {}), ("", {}), ("other: 1", {})],
)
def test_a_description_is_what_the_metadata_say(tmp_path: Path, content: str, found: dict[str, int]) -> None:
    (tmp_path / "MLmodel").write_text(content)
    assert description(tmp_path) == found


@pytest.mark.parametrize("content", ["a: [", "!!python/object/apply:os.getcwd []", "\0"])
def test_a_description_runs_no_code(tmp_path: Path, content: str) -> None:
    (tmp_path / "MLmodel").write_text(content)
    with pytest.raises(RefusedModel, match="its description cannot be read"):
        description(tmp_path)


def test_metadata_are_checked_by_field() -> None:
    assert checked(Described, {"size": 3}, "a thing").size == 3
    with pytest.raises(RefusedModel, match=r"its metadata do not describe a thing \(see size\)"):
        checked(Described, {"size": "large"}, "a thing")
