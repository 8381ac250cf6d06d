from typing import Any

import pytest
from pydantic import ValidationError

from serving.models.samples import Samples


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": [1.0]}, "different lengths"),
        ({"standard_error": [1.0, 2.0, 3.0]}, "different lengths"),
        ({"x": [0.0, float("nan")]}, "finite"),
        ({"x": [0.0] * 5_001, "y": [0.0] * 5_001}, "5000"),
        ({"count": -1}, "greater"),
    ],
)
def test_what_is_damaged_is_refused(changes: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"count": 2, "x": [0.0, 1.0], "y": [1.0, 2.0], "standard_error": [0.1, 0.2]}
    assert Samples.model_validate(given).standard_error == [0.1, 0.2]
    with pytest.raises(ValidationError, match=message):
        Samples.model_validate(given | changes)
