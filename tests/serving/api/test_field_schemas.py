from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from serving.api.field_schemas import EvaluateField, FieldModel, FieldOptions
from tests.support.served_field import LAYERS, ROOTS, UNITS, served_field


def test_a_function_says_what_it_is_and_nothing_that_json_does_not_have() -> None:
    function = served_field(UNITS, 1, ROOTS)
    said = {"errors": {"value": 1e-3, "gradient": float("nan")}, "noise": [0.1, float("inf")]}
    function = replace(function, metadata=function.metadata.model_copy(update=said))
    described = FieldModel.describe(function, "http://localhost/run")
    assert described.errors == {"value": 1e-3, "gradient": None}
    assert described.noise == [0.1, None]
    assert (described.variables, described.order, described.bands) == (["x", "y", "z"], 1, True)
    assert described.run_url == "http://localhost/run"
    assert FieldModel.model_validate_json(described.model_dump_json()) == described


def test_what_has_no_noise_has_no_bands() -> None:
    described = FieldModel.describe(served_field(LAYERS, 2), None)
    assert (described.noise, described.bands, described.order) == (None, False, 2)


@pytest.mark.parametrize(
    "given",
    [
        {"orders": []},
        {"orders": [-1]},
        {"derivatives": [1]},
        {"derivatives": ["x"] * 513},
        {"order": [0]},
    ],
)
def test_options_that_mean_nothing_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FieldOptions.model_validate(given)


def test_points_are_kept_as_they_came() -> None:
    """What knows the variables makes an array of them, and complains."""
    for x in ([[0.5, 0.2]], {"x": [0.5], "y": [0.2]}, "nothing"):
        assert EvaluateField.model_validate({"x": x}).x == x
