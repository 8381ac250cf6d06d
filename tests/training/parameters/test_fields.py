import pytest
from pydantic import BaseModel, ValidationError

from training.parameters.fields import HiddenSizes, NonNegative, Positive, split


class Given(BaseModel):
    hidden: HiddenSizes = ()
    positive: Positive = 1.0
    non_negative: NonNegative = 0.0


def test_sizes_are_written_with_commas() -> None:
    assert Given.model_validate({"hidden": "30, 20"}).hidden == (30, 20)
    assert Given.model_validate({"hidden": "auto"}).hidden == ()
    assert Given(hidden=(4,)).hidden == (4,)
    assert split("a , b") == ["a", "b"]
    assert split(3) == 3


@pytest.mark.parametrize(
    "given",
    [
        {"hidden": "0"},
        {"hidden": "4097"},
        {"hidden": ",".join(["2"] * 17)},
        {"hidden": "a"},
        {"positive": 0},
        {"positive": "inf"},
        {"non_negative": -1},
        {"non_negative": "nan"},
    ],
)
def test_what_is_out_of_range_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Given.model_validate(given)
