import json
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from serving.api.validation import FailsFast, known_fields, validated


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    x: Annotated[list[float], FailsFast()] | None = None


@pytest.mark.parametrize("value", ['"1"', "true", "null", "[]"])
def test_what_is_no_number(value: str) -> None:
    with pytest.raises(ValidationError):
        validated(Body, f'{{"x": [1, {value}]}}'.encode())
    assert validated(Body, b'{"x": [1, 2.5]}').x == [1.0, 2.5]


def test_a_list_has_one_mistake() -> None:
    with pytest.raises(ValidationError) as raised:
        validated(Body, json.dumps({"x": [""] * 1_000}).encode())
    assert raised.value.error_count() < 3


def test_a_few_of_many_unknown_fields_are_told() -> None:
    with pytest.raises(ValidationError) as raised:
        validated(Body, json.dumps({f"a{i}": 0 for i in range(2_000)} | {"x": [1]}).encode())
    assert 10 < raised.value.error_count() < 30


def test_many_known_fields_are_read() -> None:
    nested = json.dumps({"x": [1.0], "y": {f"a{i}": 0 for i in range(2_000)}}).encode()
    with pytest.raises(ValidationError) as raised:
        validated(Body, nested)
    assert [error["loc"] for error in raised.value.errors()] == [("y",)]


def test_known_fields_come_with_the_first_of_the_others() -> None:
    found = known_fields(Body, {"b": 1, "x": 2} | {f"a{i}": 0 for i in range(100)})
    assert found["x"] == 2
    assert found["b"] == 1
    assert len(found) < 30
