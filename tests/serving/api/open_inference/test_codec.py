import json
from typing import Any

import numpy as np
import pytest

from serving.api.open_inference.codec import read, write
from serving.errors import BadInference

X = np.array([0.5, -1.0])


def request(outputs: list[dict[str, Any]] | None = None, **tensor: Any) -> dict[str, Any]:
    given = {"name": "x", "shape": [2], "datatype": "FP64"} | tensor
    return {"inputs": [given]} | ({"outputs": outputs} if outputs else {})


def binary(**changes: Any) -> tuple[bytes, str]:
    head = json.dumps(request(parameters={"binary_data_size": 16}) | changes).encode()
    return head + X.tobytes(), str(len(head))


@pytest.mark.parametrize("data", [[0.5, -1.0], [[0.5], [-1]]])
def test_tensors_in_json_are_flat_or_nested(data: list[Any]) -> None:
    _, tensors = read(json.dumps(request(data=data)).encode(), None)
    assert tensors["x"].dtype == np.float64
    assert tensors["x"].tolist() == X.tolist()


def test_tensors_in_binary_follow_the_json() -> None:
    _, tensors = read(*binary())
    np.testing.assert_array_equal(tensors["x"], X)


@pytest.mark.parametrize(
    ("body", "length", "error"),
    [
        (b"{", None, "EOF while parsing"),
        (binary()[0], "9" * 5_000, "not a length within the body"),
        (binary()[0], "-1", "not a length within the body"),
        (binary()[0] + b"0", binary()[1], "17 bytes of binary data follow the JSON, 16 are announced"),
        (binary()[0][:-1], binary()[1], r"has 16 bytes, not 16 announced and 15 sent"),
        (json.dumps(request()).encode(), None, "neither data nor binary_data_size"),
        (json.dumps(request(datatype="BYTES", data=["a"])).encode(), None, "datatype is none of FP64"),
        (json.dumps(request(data=[1])).encode(), None, r"data are not FP64 of shape \[2\]"),
        (json.dumps(request(data=["1", 2])).encode(), None, "data are not FP64"),
        (json.dumps(request(datatype="UINT8", data=[1, 256])).encode(), None, "256 is not one of that type"),
        (json.dumps(request(datatype="FP32", data=[1, 1e300])).encode(), None, "is not one of that type"),
    ],
)
def test_what_is_no_request(body: bytes, length: str | None, error: str) -> None:
    with pytest.raises(BadInference, match=error):
        read(body, length)


def test_answers_are_in_json_or_in_binary_as_each_is_asked_for() -> None:
    outputs: list[dict[str, Any]] = [{"name": "d0", "parameters": {"binary_data": True}}, {"name": "d1"}]
    asked, _ = read(json.dumps(request(outputs, data=[1, 2]) | {"id": "7"}).encode(), None)
    content, tensors = write(asked, "f", 3, {"d0": X, "d1": X.astype(np.float32)}, ["of the fit"])
    assert (content["id"], content["model_name"], content["model_version"]) == ("7", "f", "3")
    assert content["parameters"] == {"warnings": "of the fit"}
    first, second = content["outputs"]
    assert first == {"name": "d0", "datatype": "FP64", "shape": [2], "parameters": {"binary_data_size": 16}}
    assert (second["datatype"], second["data"].tolist()) == ("FP32", X.tolist())
    assert [tensor.tolist() for tensor in tensors] == [X.tolist()]
