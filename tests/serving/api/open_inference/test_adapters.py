import numpy as np
import pytest

from serving.api.open_inference import adapters
from serving.errors import BadInference, TooManyPoints
from serving.models.evaluation import evaluate
from tests.support.served_function import served_function

FUNCTION = served_function()
X = np.array([0.5, -1.0])


def test_a_function_is_described_by_its_tensors() -> None:
    found = adapters.metadata(FUNCTION, [3])
    assert (found.name, found.versions) == ("f", ["3"])
    assert [(tensor.name, tensor.datatype, tensor.shape) for tensor in found.inputs] == [("x", "FP64", [-1])]
    assert [tensor.name for tensor in found.outputs] == ["d0", "d1", "d2", "d3", "d4"]


def test_outputs_are_those_that_are_named_or_all() -> None:
    assert adapters.wanted(FUNCTION, ["d2", "d0", "d2"]) == ["d2", "d0"]
    assert adapters.wanted(FUNCTION, []) == ["d0", "d1", "d2", "d3", "d4"]
    with pytest.raises(BadInference, match="f has no output 'd9', only d0, d1"):
        adapters.wanted(FUNCTION, ["d9"])


def test_the_spec_has_the_orders_of_the_outputs() -> None:
    spec = adapters.spec(FUNCTION, {"x": X}, ["d2", "d0"], 10)
    assert spec.orders == (0, 2)
    assert list(adapters.outputs(evaluate(FUNCTION, spec), ["d2"])) == ["d2"]


@pytest.mark.parametrize(
    ("tensors", "error"),
    [
        ({"y": X}, "f takes one input, 'x' "),
        ({"x": X, "y": X}, "f takes one input, 'x' "),
        ({"x": X.astype(np.float32)}, r"expected FP64 of shape \[-1\]"),
        ({"x": X[None]}, r"got FP64 of shape \[1, 2\]"),
        ({"x": X[:0]}, "not empty"),
        ({"x": np.array([np.inf])}, "every point must be a finite number"),
    ],
)
def test_what_is_not_its_input(tensors: dict[str, np.ndarray], error: str) -> None:
    with pytest.raises(BadInference, match=error):
        adapters.spec(FUNCTION, tensors, ["d0"], 10)


def test_more_points_than_a_request_may_have() -> None:
    with pytest.raises(TooManyPoints, match="11 points are more than 10"):
        adapters.spec(FUNCTION, {"x": np.zeros(11)}, ["d0"], 10)
