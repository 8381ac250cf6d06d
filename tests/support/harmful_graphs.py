"""Graphs that would harm, by what is wrong with them, and with the reason for which each is refused."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from serving.models.graphs import CHUNK

node = helper.make_node


def graph(
    nodes: Sequence[NodeProto],
    weights: Sequence[TensorProto] = (),
    kind: int = TensorProto.DOUBLE,
    output: Sequence[str | int] = ("n",),
    **model: Any,
) -> onnx.ModelProto:
    """x (n,) to d0, of these nodes."""
    x = helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["n"])
    d0 = helper.make_tensor_value_info("d0", kind, output)
    made = helper.make_graph(list(nodes), "g", [x], [d0], list(weights))
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9, **model)


def weight(name: str, *shape: int, dtype: Any = np.float64) -> TensorProto:
    return numpy_helper.from_array(np.ones(shape, dtype), name)


def external(name: str) -> TensorProto:
    """A tensor whose numbers are those of a file of the working directory."""
    tensor = TensorProto(name=name, data_type=TensorProto.DOUBLE, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="mlflow.db")
    return tensor


def body(operator: str) -> onnx.GraphProto:
    return helper.make_graph([node(operator, ["x"], ["y"])], "b", [], [helper.make_tensor_value_info("y", 11, ["n"])])


YES = numpy_helper.from_array(np.array(True), "yes")
FOREVER = helper.make_graph(
    [node("Identity", ["yes_in"], ["yes_out"])],
    "forever",
    [helper.make_tensor_value_info("i", 7, []), helper.make_tensor_value_info("yes_in", 9, [])],
    [helper.make_tensor_value_info("yes_out", 9, [])],
)
WIDE = [weight("column", 4_000_000, 1), weight("row", 1, 3_999_999)]


def convolving(kernel: int, pads: int, filters: int = 1) -> onnx.ModelProto:
    """Each x as a picture of one pixel, in a frame of zeros."""
    nodes = [
        node("Unsqueeze", ["x", "axes"], ["picture"]),
        node("Conv", ["picture", "w"], ["map"], pads=[pads] * 4),
        node("ReduceMax", ["map", "axes"], ["d0"], keepdims=0),
    ]
    axes = numpy_helper.from_array(np.array([1, 2, 3]), "axes")
    return graph(nodes, [axes, weight("w", filters, 1, kernel, kernel)])


HARMFUL: dict[str, tuple[onnx.ModelProto, str]] = {
    "endless": (
        graph([node("Loop", ["", "yes"], [], body=FOREVER), node("Identity", ["x"], ["d0"])], [YES]),
        "operator 'Loop'",
    ),
    "branch": (
        graph([node("If", ["yes"], ["d0"], then_branch=body("Sin"), else_branch=body("Cos"))], [YES]),
        "operator 'If'",
    ),
    "hidden branch": (graph([node("Sin", ["x"], ["d0"], body=body("Cos"))]), "its Sin has a graph of its own"),
    "a file's weights": (graph([node("Add", ["x", "w"], ["d0"])], [external("w")]), "weights in other files"),
    "a file's constant": (
        graph([node("Constant", [], ["w"], value=external("w")), node("Add", ["x", "w"], ["d0"])]),
        "weights in other files",
    ),
    "a file, not said": (
        graph([node("Constant", [], ["w"], value=weight("w", 1)), node("Add", ["x", "w"], ["d0"])]),
        "weights in other files",
    ),
    "from elsewhere": (graph([node("Sin", ["x"], ["d0"], domain="com.microsoft")]), "operator 'Sin'"),
    "texts": (graph([node("StringNormalizer", ["x"], ["d0"])], kind=TensorProto.STRING), "operator 'StringNormalizer'"),
    "cast to text": (
        graph([node("Cast", ["x"], ["d0"], to=TensorProto.STRING)], kind=TensorProto.STRING),
        "tensors of the type STRING",
    ),
    "a wide frame": (convolving(1, 20_000), "it computes too much"),
    "many surroundings": (convolving(1_001, 1_000), "it computes too much"),
    "many products": (convolving(601, 309, filters=16), "it computes too much"),
    "short floats": (graph([node("Cast", ["x"], ["d0"], to=TensorProto.FLOAT16)], kind=10), "of the type FLOAT16"),
    "another type": (
        graph([node("Cast", ["x"], ["d0"], to=TensorProto.FLOAT)], kind=TensorProto.FLOAT),
        r"its output d0 is not DOUBLE of shape \['n'\]",
    ),
    "another shape": (
        graph([node("Unsqueeze", ["x", "one"], ["d0"])], [weight("one", 1, dtype=np.int64)], output=["n", 1]),
        r"its output d0 is not DOUBLE of shape \['n'\]",
    ),
    "another length": (
        graph([node("ReduceSum", ["x"], ["d0"], keepdims=1)], output=[1]),
        r"its output d0 is not DOUBLE of shape \['n'\]",
    ),
    "only so many points": (graph([node("Add", ["x", "w"], ["d0"])], [weight("w", CHUNK)]), "does not load"),
    "wide": (
        graph([node("MatMul", ["column", "row"], ["w"]), node("ReduceSum", ["w"], ["s"], keepdims=0),
               node("Add", ["x", "s"], ["d0"])], WIDE),
        "it computes too much",
    ),
    "wide pooling": (
        graph([node("MaxPool", ["map"], ["m"], kernel_shape=[1_000] * 2), node("ReduceSum", ["m"], ["s"], keepdims=0),
               node("Add", ["x", "s"], ["d0"])], [weight("map", 1, 1, 2_000, 2_000)]),
        "it computes too much",
    ),
    "many numbers": (graph([node("Add", ["x", "w"], ["d0"])], [*WIDE, weight("w", 2)]), "more than 8,000,000 numbers"),
    "many operations": (graph([node("Sin", ["x"], ["d0"])] * 20_001), "more than 20,000 operations"),
    "a shape that depends on values": (
        graph([node("Cast", ["x"], ["i"], to=TensorProto.INT64), node("Reshape", ["x", "i"], ["d0"])]),
        "is not known|is not DOUBLE|does not load",
    ),
    "another input": (graph([node("Sin", ["y"], ["d0"])]), "does not load"),
    "functions": (
        graph([node("Sin", ["x"], ["d0"])], functions=[
            helper.make_function("own", "F", ["a"], ["b"], [node("Sin", ["a"], ["b"])], [helper.make_opsetid("", 20)])
        ]),
        "functions, trainings or sparse tensors",
    ),
}  # fmt: skip
HARMFUL["a file, not said"][0].graph.node[0].attribute[0].t.external_data.add(key="location", value="mlflow.db")
