"""What the operations of networks of pictures are as nodes of a graph, against torch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from training.export.picture_operations import PICTURE_OPERATIONS
from training.models.picture_layers import convolved, positions
from training.models.pooling import largest, mean

RNG = np.random.default_rng(0)
MAPS = RNG.normal(size=(2, 4, 6, 8)).astype(np.float32)
WEIGHT, BIAS = RNG.normal(size=(4, 2, 3, 3)).astype(np.float32), RNG.normal(size=4).astype(np.float32)


def answer(operation: Any, inputs: dict[str, np.ndarray], *others: Any) -> np.ndarray:
    """What the operation's nodes make of the inputs, by ONNX's reference."""
    part = PICTURE_OPERATIONS[operation]("out", [*inputs, *others])
    kinds = {name: helper.np_dtype_to_tensor_dtype(value.dtype) for name, value in inputs.items()}
    graph = helper.make_graph(
        part.nodes,
        "part",
        [helper.make_tensor_value_info(name, kind, inputs[name].shape) for name, kind in kinds.items()],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in part.constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    (found,) = ReferenceEvaluator(model).run(None, inputs)
    return np.asarray(found)


@pytest.mark.parametrize("pads", [(0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 2, 1)])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_of_groups_with_zeros_around(stride: int, pads: tuple[int, ...]) -> None:
    inputs = {"x": MAPS, "w": WEIGHT, "b": BIAS}
    truth = convolved(*map(torch.from_numpy, inputs.values()), stride, pads, 2)  # type: ignore[call-arg, arg-type]
    np.testing.assert_allclose(answer(convolved, inputs, stride, pads, 2), truth, atol=1e-5)


@pytest.mark.parametrize("kernel", [(2, 2), (3, 4), (1, 1)])
@pytest.mark.parametrize("operation", [largest, mean])
def test_pooling(operation: Callable[..., torch.Tensor], kernel: tuple[int, int]) -> None:
    truth = operation(torch.from_numpy(MAPS), kernel)
    np.testing.assert_allclose(answer(operation, {"x": MAPS}, kernel), truth, atol=1e-6)


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("axes", [1, (2, 3)])
@pytest.mark.parametrize("operation", [torch.amax, torch.mean, torch.sum])
def test_reductions(operation: Callable[..., torch.Tensor], axes: int | tuple[int, ...], keeps: bool) -> None:
    truth = operation(torch.from_numpy(MAPS), axes, keeps)
    np.testing.assert_allclose(answer(operation, {"x": MAPS}, axes, keeps), truth, atol=1e-5)


def test_limits() -> None:
    np.testing.assert_array_equal(answer(torch.clamp, {"x": MAPS}, 0.0, 0.5), MAPS.clip(0, 0.5))


@pytest.mark.parametrize("axis", [1, 2])
def test_rows_and_columns_are_counted_in_pictures_of_any_size(axis: int) -> None:
    for size in [(1, 1), (3, 5)]:
        pixels = RNG.integers(0, 256, (2, *size, 3), dtype=np.uint8)
        np.testing.assert_array_equal(answer(positions, {"x": pixels}, axis), positions(torch.from_numpy(pixels), axis))
