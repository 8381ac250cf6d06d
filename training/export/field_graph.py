"""Functions of several variables as ONNX graphs: x (n, d) → value (n, m), gradient (n, m, d), hessian (n, m, d, d)."""

import onnx
from torch import Tensor, nn

from training.export.onnx_graph import graph_of, tensor
from training.models.field_network import OUTPUTS, FieldNetwork


class FieldDerivatives(nn.Module):
    """A network with its gradient and Hessian, the form that is exported."""

    def __init__(self, network: FieldNetwork, order: int = 2):
        super().__init__()
        self.network, self.order = network, order

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        outputs: tuple[Tensor, ...] = self.network(x, self.order)
        return outputs


def to_onnx(network: FieldNetwork, order: int = 2) -> onnx.ModelProto:
    """The graph of a network, float64 with dynamic n; cut behind its value it costs what the value alone costs."""
    d, m = network.sizes[0], network.sizes[-1]
    outputs = [tensor(name, shape=(m, *[d] * k)) for k, name in enumerate(OUTPUTS[: order + 1])]
    return graph_of(FieldDerivatives(network, order), tensor("x", shape=(d,)), outputs)
