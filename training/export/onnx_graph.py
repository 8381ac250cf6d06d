"""A module's computation as an ONNX graph, in the precision that it has itself.

The modules here are sums, products and activations, so that each operation is one ONNX node; torch.onnx.export
would take seconds for it, and another dependency.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, fx, nn

from training.export.picture_operations import PICTURE_OPERATIONS
from training.models.picture_layers import positions

# ONNX 1.15 (opset 20, IR 9): all operations used are far older, and any current runtime reads it.
_OPSET, _IR_VERSION = 20, 9

_OPERATIONS: dict[Callable[..., Any] | str, str] = {
    operator.add: "Add",
    operator.sub: "Sub",
    operator.mul: "Mul",
    operator.truediv: "Div",
    operator.neg: "Neg",
    operator.matmul: "MatMul",
    torch.abs: "Abs",
    torch.cos: "Cos",
    torch.eq: "Equal",
    torch.exp: "Exp",
    torch.flatten: "Flatten",
    torch.log: "Log",
    torch.relu: "Relu",
    torch.sigmoid: "Sigmoid",
    torch.sign: "Sign",
    torch.sin: "Sin",
    torch.softmax: "Softmax",
    torch.sqrt: "Sqrt",
    torch.tanh: "Tanh",
    "double": "Cast",
    "float": "Cast",
    "permute": "Transpose",
    "unflatten": "Reshape",
    "unsqueeze": "Unsqueeze",
    "squeeze": "Squeeze",
}
# Operations whose other arguments are whole numbers.
_TAKES_WHOLE = ("Reshape", "Squeeze", "Unsqueeze")
# Operations whose second argument is an attribute of their node.
_TAKES_ATTRIBUTE = ("Flatten", "Softmax")
# ONNX Runtime (1.31) leaves out operations with a single constant that is neutral when rounded to float32: a slope of
# 1 + 1e-9, say, or an offset of 1e-50. The neutral values, and how far around them that may be.
_NEUTRAL = {"Add": (0.0, 1e-45), "Sub": (0.0, 1e-45), "Mul": (1.0, 1e-7), "Div": (1.0, 1e-7)}
_CASTS = {"double": TensorProto.DOUBLE, "float": TensorProto.FLOAT}


def tensor(name: str, kind: int = TensorProto.DOUBLE, shape: Sequence[int | str] = ()) -> onnx.ValueInfoProto:
    """An input or output of a graph, (n, *shape) with dynamic n; a side with a name may have any length."""
    return helper.make_tensor_value_info(name, kind, ["n", *shape])


def to_onnx(module: nn.Module, outputs: list[str]) -> onnx.ModelProto:
    """The graph x (n,) → outputs, each (n,), float64 with dynamic n, of a module whose forward takes x alone.

    Raises:
        KeyError: the module uses an operation that has no ONNX counterpart here.
    """
    return graph_of(module, tensor("x"), [tensor(name) for name in outputs])


def graph_of(module: nn.Module, x: onnx.ValueInfoProto, outputs: list[onnx.ValueInfoProto]) -> onnx.ModelProto:
    """The graph of a module whose forward takes one input, of that name, and returns a tuple of the outputs.

    Raises:
        KeyError: the module uses an operation that has no ONNX counterpart here.
    """
    graph = _Graph(x.name)
    for node in traced(module).graph.nodes:
        graph.add(node, module)
    results = [
        helper.make_node("Identity", [name], [out.name]) for name, out in zip(graph.results, outputs, strict=True)
    ]
    proto = helper.make_graph(graph.nodes + results, type(module).__name__, [x], outputs, graph.initializers)
    model = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="derivable"
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def traced(module: nn.Module) -> fx.GraphModule:
    """The operations of a module, one after the other."""
    return fx.GraphModule(module, _Tracer().trace(module))


class _Tracer(fx.Tracer):
    proxy_buffer_attributes = True  # buffers are recorded by name, as parameters are


class _Graph:
    """Collects nodes and constants while a traced module is walked."""

    def __init__(self, x: str) -> None:
        self._x = x
        self.nodes: list[onnx.NodeProto] = []
        self.results: list[str] = []
        self._constants: dict[str, NDArray[Any]] = {}
        # Of the nodes in float32, the names.
        self._single: set[str] = set()

    @property
    def initializers(self) -> list[onnx.TensorProto]:
        """The constants that a node takes."""
        used = {name for node in self.nodes for name in node.input}
        return [numpy_helper.from_array(value, name) for name, value in self._constants.items() if name in used]

    def add(self, node: fx.Node, module: nn.Module) -> None:
        if self._is_single(node, module):
            self._single.add(node.name)
        if node.op == "placeholder":
            assert node.name == self._x, f"the module's input is called {self._x}"
        elif node.op == "get_attr":
            value = operator.attrgetter(str(node.target))(module)
            self._constants[node.name] = _array(value)
        elif node.op == "output":
            self.results = [str(result) for result in node.args[0]]  # type: ignore[union-attr]
        elif all(argument.name in self._constants for argument in node.all_input_nodes):
            values = [self._constants.get(str(argument), argument) for argument in node.args]
            is_method = node.op == "call_method"
            target = getattr(torch.Tensor, str(node.target)) if is_method else node.target
            of = [torch.from_numpy(values[0]), *values[1:]] if is_method else values
            self._constants[node.name] = np.asarray(target(*of))  # type: ignore[operator]
        elif node.target in PICTURE_OPERATIONS:
            part = PICTURE_OPERATIONS[node.target](node.name, [self._named(each) for each in node.args])
            self.nodes += part.nodes
            self._constants |= part.constants
        else:
            operation = _OPERATIONS[node.target]
            arguments, attributes = list(node.args), dict[str, Any]()
            if operation in _TAKES_ATTRIBUTE:
                attributes = {"axis": arguments.pop()}
            elif operation == "Transpose":
                attributes = {"perm": arguments[1:]}
                del arguments[1:]
            elif operation == "Reshape":
                arguments[1:] = [_reshaped(*arguments[1:])]
            elif operation == "Cast":
                attributes = {"to": _CASTS[str(node.target)]}
            single = node.name in self._single
            inputs = [self._input(argument, operation, single) for argument in arguments]
            if operation in _NEUTRAL:
                inputs = self._kept(inputs, *_NEUTRAL[operation], node.name)
            self.nodes.append(helper.make_node(operation, inputs, [node.name], **attributes))

    def _kept(self, inputs: list[str], neutral: float, around: float, name: str) -> list[str]:
        """The inputs of an operation, where a constant that would be taken for neutral is no constant."""
        for index, constant in enumerate(inputs):
            value = self._constants.get(constant)
            if value is None or value.size != 1 or not 0 < abs(value.item() - neutral) < around:
                continue
            other, same, spread = inputs[1 - index], f"{name}_same", f"{name}_constant"
            self.nodes.append(helper.make_node("Equal", [other, other], [same]))
            self.nodes.append(helper.make_node("Where", [same, constant, constant], [spread]))
            return [spread if entry == constant else entry for entry in inputs]
        return inputs

    def _is_single(self, node: fx.Node, module: nn.Module) -> bool:
        if node.op == "get_attr":
            return bool(operator.attrgetter(str(node.target))(module).dtype is torch.float32)
        if node.target in _CASTS:
            return node.target == "float"
        return node.target is positions or any(each.name in self._single for each in node.all_input_nodes)

    def _named(self, argument: Any) -> Any:
        return argument.name if isinstance(argument, fx.Node) else argument

    def _input(self, argument: Any, operation: str, single: bool) -> str:
        if isinstance(argument, fx.Node):
            return argument.name
        whole = operation in _TAKES_WHOLE
        kind, dtype = ("single", np.float32) if single else ("constant", np.float64)
        array = np.atleast_1d(np.array(argument, np.int64)) if whole else np.array(argument, dtype)
        name = f"{'whole' if whole else kind}_{argument!r}"
        self._constants[name] = array
        return name


def _reshaped(axis: Any, sizes: Any) -> list[int]:
    """The shape where an axis becomes several, as ONNX has it: 0 for those before, which stay as they are."""
    return [*[0] * axis, *sizes]


def _array(value: Tensor) -> NDArray[np.floating]:
    assert value.dtype in (torch.float64, torch.float32), "a graph has numbers of these two types"
    return value.detach().numpy()
