"""A function as the service has it, without a registry."""

from typing import Any

from serving.models.functions import Function, Metadata
from serving.models.graphs import SessionsByOrder
from serving.models.logged_model import Version
from tests.support.networks import network
from training.export.function_model import Derivatives
from training.export.onnx_graph import to_onnx

NETWORK = network()


def served_function(**metadata: Any) -> Function:
    """NETWORK with its derivatives to order 4, version 3 of `f`."""
    derivatives = Derivatives(NETWORK, 4)
    described = {"kind": "function", "target": "t", "domain": [-1, 1], "activation": "tanh", "orders": list(range(5))}
    said = Metadata.model_validate(described | {"errors": {}, "example": {}} | metadata)
    graph = SessionsByOrder(to_onnx(derivatives, derivatives.outputs), said.orders)
    return Function(Version("f", 3, "champion", "r"), said, graph)
