"""What networks of pictures compute beside sums, products and activations, as nodes of an ONNX graph.

Batch normalisations are no operations here: they are folded into the convolutions before a network is exported.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from training.models.picture_layers import convolved, positions
from training.models.pooling import largest, mean


class Part(NamedTuple):
    """Nodes of a graph, the last of which has the result, and the constants that they take, by name."""

    nodes: list[onnx.NodeProto]
    constants: Mapping[str, NDArray[Any]]


def _convolution(name: str, arguments: Sequence[Any]) -> Part:
    *inputs, stride, pads, groups = arguments
    return Part([helper.make_node("Conv", inputs, [name], strides=[stride] * 2, pads=pads, group=groups)], {})


def _pooling(operation: str) -> Callable[[str, Sequence[Any]], Part]:
    def part(name: str, arguments: Sequence[Any]) -> Part:
        x, kernel = arguments
        return Part([helper.make_node(operation, [x], [name], kernel_shape=kernel, strides=kernel)], {})

    return part


def _clip(name: str, arguments: Sequence[Any]) -> Part:
    x, low, high = arguments
    constants = {f"{name}_{end}": np.array(value, np.float32) for end, value in (("low", low), ("high", high))}
    return Part([helper.make_node("Clip", [x, *constants], [name])], constants)


def _reduced(operation: str) -> Callable[[str, Sequence[Any]], Part]:
    def part(name: str, arguments: Sequence[Any]) -> Part:
        x, axes, *keeps = arguments
        constants = {f"{name}_axes": np.atleast_1d(np.array(axes, np.int64))}
        return Part([helper.make_node(operation, [x, *constants], [name], keepdims=int(any(keeps)))], constants)

    return part


def _positions(name: str, arguments: Sequence[Any]) -> Part:
    """Count by a sum of ones, as many as there are rows, or columns, in the first column, or row, of the pictures."""
    pixels, axis = arguments
    first, ones, start = f"{name}_first", f"{name}_ones", f"{name}_start"
    other = 3 - axis
    constants: dict[str, NDArray[Any]] = {
        start: np.zeros(2, np.int64),
        f"{name}_end": np.ones(2, np.int64),
        f"{name}_cut": np.array([other, 3]),
        f"{name}_axes": np.array([0, other, 3]),
        f"{name}_along": np.array(0),
    }
    nodes = [
        helper.make_node("Slice", [pixels, start, f"{name}_end", f"{name}_cut"], [first]),
        helper.make_node("Cast", [first], [f"{first}_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", [f"{first}_float", f"{name}_axes"], [f"{name}_sum"], keepdims=0),
        helper.make_node("Equal", [f"{name}_sum", f"{name}_sum"], [f"{name}_same"]),
        helper.make_node("Cast", [f"{name}_same"], [ones], to=TensorProto.FLOAT),
        helper.make_node("CumSum", [ones, f"{name}_along"], [name]),
    ]
    return Part(nodes, constants)


PICTURE_OPERATIONS: Mapping[Any, Callable[[str, Sequence[Any]], Part]] = {
    convolved: _convolution,
    largest: _pooling("MaxPool"),
    mean: _pooling("AveragePool"),
    positions: _positions,
    torch.amax: _reduced("ReduceMax"),
    torch.clamp: _clip,
    torch.mean: _reduced("ReduceMean"),
    torch.sum: _reduced("ReduceSum"),
}
