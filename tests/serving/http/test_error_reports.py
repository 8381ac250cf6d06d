from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from serving.http.error_reports import issues, sentence, shown


class Given(BaseModel):
    x: list[float]
    linspace: tuple[float, float, int] | None = None


def reported(content: dict[str, Any]) -> list[dict[str, Any]]:
    with pytest.raises(ValidationError) as raised:
        Given.model_validate(content)
    return issues(raised.value.errors())


def test_an_issue_says_where_and_what_was_sent() -> None:
    (issue,) = reported({"x": [1, "two"]})
    assert (issue["loc"], issue["type"]) == (("x", 1), "float_parsing")
    assert issue["msg"].endswith("unable to parse string as a number, not 'two'")


def test_the_parts_of_a_linspace_are_one_issue() -> None:
    (issue,) = reported({"x": [], "linspace": ["a", "b", "c"]})
    assert issue["loc"] == ("linspace",)
    assert issue["msg"].endswith("expected a,b,n: n equally spaced points from a to b")


def test_a_sentence_has_all_issues() -> None:
    found = sentence(reported({"x": ["a"], "linspace": [1, 2]}))
    assert found.startswith("x.0: ")
    assert "; linspace: Field required" in found


@pytest.mark.parametrize(("value", "short"), [("ä", r"'\xe4'"), (1, "1"), ("a" * 50, "'" + "a" * 36 + "...")])
def test_values_are_shown_on_a_short_line_in_ascii(value: object, short: str) -> None:
    assert shown(value) == short
