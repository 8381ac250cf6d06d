"""Validates graphs: arithmetic of bounded size on tensors of known shapes, and nothing else.

It is looked at before ONNX Runtime sees it. Loops and branches may never end, other files are the machine's and not
the model's, and an operation of a few bytes may ask for all of the memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

import onnx
from onnx import AttributeProto, TensorProto, shape_inference

from serving.errors import RefusedModel

MOST_BYTES = 64 << 20
_MOST_NODES = 20_000
_MOST_NUMBERS = 8_000_000
# The most numbers of all tensors that one run computes, for the points that are evaluated together.
_MOST_COMPUTED = 256_000_000
_MOST_PRODUCTS = 50_000_000_000

_OPERATORS = {
    *("Abs", "Add", "AveragePool", "Cast", "Clip", "Concat", "Constant", "Conv", "Cos", "CumSum", "Div", "Elu"),
    *("Equal", "Erf", "Exp", "Flatten", "Gather", "Gemm", "Identity", "Log", "MatMul", "Max", "MaxPool", "Min", "Mul"),
    *("Neg", "Pow", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceSum", "Relu", "Reshape", "Sigmoid", "Sign", "Sin"),
    *("Slice", "Softmax", "Softplus", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Transpose", "Unsqueeze"),
    "Where",
}
_TYPES = {getattr(TensorProto, name) for name in ("DOUBLE", "FLOAT", "UINT8", "INT64", "BOOL")}
_HAS_GRAPHS = {AttributeProto.GRAPH, AttributeProto.GRAPHS, AttributeProto.SPARSE_TENSOR, AttributeProto.SPARSE_TENSORS}
# A number of points that no broadcast makes one of the graph's own sizes, beside the one that is evaluated together.
_FEW = 3

# More numbers than a tensor has that says what size another has.
_SIZES = 1_024
# Channels of a picture that ONNX Runtime computes side by side, at most.
_BLOCK = 16

Shape = tuple[int, ...]


class Tensor(NamedTuple):
    """A tensor (n, …) that a graph takes or gives, by its type and what follows n.

    Attributes:
        any_size: a graph may take other sizes too, of which it is given only this one.
    """

    kind: int
    shape: Shape = ()
    any_size: bool = False


def require_harmless(
    model: onnx.ModelProto, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], together: int
) -> None:
    """Look at a graph that takes and gives these tensors, of so many points at a time.

    Raises:
        RefusedModel: it is more, or other, than it may be.
    """
    _require_plain(model)
    for node in model.graph.node:
        _require_known(node)
    tensors = list(_tensors(model.graph))
    if any(tensor.data_location == TensorProto.EXTERNAL or tensor.external_data for tensor in tensors):
        raise RefusedModel("it keeps its weights in other files")
    if sum(prod(tensor.dims) for tensor in tensors) > _MOST_NUMBERS:
        raise RefusedModel(f"it has more than {_MOST_NUMBERS:,} numbers")
    _require_types({tensor.data_type for tensor in tensors})
    for points in (_FEW, together):
        require_bounded(model, inputs, outputs, points)


def _require_plain(model: onnx.ModelProto) -> None:
    graph = model.graph
    if model.functions or model.training_info or graph.sparse_initializer:
        raise RefusedModel("it has functions, trainings or sparse tensors of its own")
    if any(opset.domain not in ("", "ai.onnx") for opset in model.opset_import):
        raise RefusedModel("it takes operators from elsewhere")
    if len(graph.node) > _MOST_NODES:
        raise RefusedModel(f"it has more than {_MOST_NODES:,} operations")


def _require_known(node: onnx.NodeProto) -> None:
    if node.domain not in ("", "ai.onnx") or node.op_type not in _OPERATORS:
        raise RefusedModel(f"it has the operator {node.op_type[:40]!r}, which is not one of those that are known")
    for attribute in node.attribute:
        if attribute.type in _HAS_GRAPHS or attribute.ref_attr_name or attribute.HasField("g") or attribute.graphs:
            raise RefusedModel(f"its {node.op_type} has a graph of its own")
        if node.op_type == "Cast" and attribute.name == "to":
            _require_types({attribute.i})


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """All that are kept in a graph: weights, and constants of its nodes."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from attribute.tensors
            if attribute.HasField("t"):
                yield attribute.t


def _require_types(types: set[int]) -> None:
    if others := types - _TYPES:
        raise RefusedModel(f"it has tensors of the type {TensorProto.DataType.Name(min(others))}")


def require_bounded(
    model: onnx.ModelProto, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], points: int
) -> None:
    """Require that every tensor has a size, and all together not too large a one, for so many points.

    Raises:
        RefusedModel: they have not.
    """
    shapes, types = _inferred(model, inputs, points)
    for name, tensor in outputs.items():
        if types.get(name) != tensor.kind or shapes.get(name) != (points, *tensor.shape):
            wanted = f"{TensorProto.DataType.Name(tensor.kind)} of shape {['n', *tensor.shape]}"
            raise RefusedModel(f"its output {name} is not {wanted}")
    computed = products = 0
    for node in model.graph.node:
        for name in filter(None, node.output):
            if name not in shapes:
                raise RefusedModel(f"the size of what its {node.op_type} gives is not known")
            computed += prod(shapes[name])
            if node.op_type in ("MatMul", "Gemm"):
                products += prod(shapes[name]) * max(shapes.get(node.input[0]) or (1,))
            elif node.op_type == "Conv":
                weight = shapes.get(node.input[1]) or ()
                products += prod(shapes[name]) * prod(weight[1:])
                computed += _beside(shapes[name], weight)
            elif node.op_type in ("AveragePool", "MaxPool"):
                products += prod(shapes[name]) * prod(_kernel(node))
    _require_types(set(types.values()))
    if computed > _MOST_COMPUTED or products > _MOST_PRODUCTS:
        raise RefusedModel(f"it computes too much: {computed:,} numbers, {products:,} products for {points} points")


def _kernel(node: onnx.NodeProto) -> Sequence[int]:
    """The sides of what a pooling makes one number of."""
    return [side for attribute in node.attribute if attribute.name == "kernel_shape" for side in attribute.ints]


def _beside(output: Shape, weight: Shape) -> int:
    """How many numbers a runtime keeps beside the output of a convolution, at most.

    Its channels are filled up to whole blocks, and each place of a picture has its surroundings copied into a row.
    """
    pictures, channels, *places = output
    return pictures * -(-channels // _BLOCK) * _BLOCK * prod(places) + prod(places) * prod(weight[1:])


def largest(model: onnx.ModelProto, inputs: Mapping[str, Tensor]) -> int:
    """How many numbers the largest tensor has that a graph computes for a point."""
    shapes, _ = _inferred(model, inputs, 1)
    return max((prod(shapes[name]) for node in model.graph.node for name in node.output if name in shapes), default=1)


def _inferred(
    model: onnx.ModelProto, inputs: Mapping[str, Tensor], points: int
) -> tuple[dict[str, Shape], dict[str, int]]:
    """The shapes and the types of all tensors, for so many points."""
    fixed = _without_weights(model)
    given = {value.name: value for value in fixed.graph.input}
    weights = {tensor.name for tensor in fixed.graph.initializer}
    if sorted(given.keys() - weights) != sorted(inputs):
        raise RefusedModel(f"it takes {', '.join(sorted(given))[:80] or 'nothing'}, not {', '.join(inputs)}")
    for name, tensor in inputs.items():
        _require_input(given[name].type.tensor_type, tensor)
        for dim, size in zip(given[name].type.tensor_type.shape.dim, (points, *tensor.shape), strict=True):
            dim.dim_value = size
    for value in fixed.graph.output:
        value.type.tensor_type.ClearField("shape")
    graph = shape_inference.infer_shapes(fixed, check_type=True, strict_mode=True, data_prop=True).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    shapes = {value.name: _shape(value) for value in values} | {t.name: tuple(t.dims) for t in graph.initializer}
    types = {value.name: int(value.type.tensor_type.elem_type) for value in values}
    return {name: shape for name, shape in shapes.items() if shape is not None}, types


def _without_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which what is large has a type and a shape, and no numbers: sizes do not follow from these."""
    graph = model.graph
    copied = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    copied.graph.MergeFrom(onnx.GraphProto(name=graph.name, node=graph.node, input=graph.input, output=graph.output))
    for tensor in graph.initializer:
        large = prod(tensor.dims) > _SIZES
        bare = onnx.TensorProto(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims) if large else tensor
        copied.graph.initializer.append(bare)
    return copied


def _require_input(declared: onnx.TypeProto.Tensor, tensor: Tensor) -> None:
    dims: Sequence[onnx.TensorShapeProto.Dimension] = declared.shape.dim
    free = [not dim.HasField("dim_value") for dim in dims]
    fits = len(free) == 1 + len(tensor.shape) and all(
        (tensor.any_size and is_free) or dim.dim_value == size
        for dim, is_free, size in zip(dims[1:], free[1:], tensor.shape, strict=True)
    )
    if declared.elem_type != tensor.kind or not fits or not free[0]:
        raise RefusedModel(f"its input is not {TensorProto.DataType.Name(tensor.kind)} of shape {['n', *tensor.shape]}")


def _shape(value: onnx.ValueInfoProto) -> Shape | None:
    tensor = value.type.tensor_type
    if not tensor.HasField("shape") or not all(dim.HasField("dim_value") for dim in tensor.shape.dim):
        return None
    return tuple(dim.dim_value for dim in tensor.shape.dim)
