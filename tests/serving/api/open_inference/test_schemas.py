from typing import Any

import pytest
from pydantic import ValidationError

from serving.api.open_inference.schemas import InferenceRequest

TENSOR: dict[str, Any] = {"name": "x", "shape": [1], "datatype": "FP64", "data": [1.0]}


def test_what_the_protocol_leaves_out_has_its_default() -> None:
    request = InferenceRequest.model_validate({"inputs": [TENSOR], "unknown": 1})
    assert (request.id, request.outputs, request.parameters.binary_data_output) == (None, None, False)
    assert request.inputs[0].parameters.binary_data_size is None


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": []},
        {"inputs": [TENSOR] * 65},
        {"outputs": [{"name": "d0"}] * 65},
        {"inputs": [TENSOR | {"shape": [-1]}]},
        {"inputs": [TENSOR | {"shape": [1] * 9}]},
        {"inputs": [TENSOR | {"parameters": {"binary_data_size": -1}}]},
    ],
)
def test_sizes_are_bounded(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InferenceRequest.model_validate({"inputs": [TENSOR]} | change)
