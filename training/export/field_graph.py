"""Functions of several variables as ONNX graphs: x (n, d) → value (n, m), gradient (n, m, d), hessian (n, m, d, d).

Where the fit has a posterior, the standard deviations of value and gradient follow.
"""

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.export.onnx_graph import graph_of, tensor
from training.models.field_network import OUTPUTS, FieldNetwork
from training.models.networks import product

POSTERIOR_STD = ("deviation", "gradient_deviation")


class FieldDerivatives(nn.Module):
    """A network with its gradient and Hessian, the form that is exported.

    Args:
        network: of one hidden layer where there are roots.
        order: the highest derivative.
        roots: of the covariances of the output layers, (m, units + 1, units + 1), the bias last, in units of y; None
            where the fit has no posterior.
    """

    def __init__(self, network: FieldNetwork, order: int = 2, roots: NDArray[np.float64] | None = None):
        super().__init__()
        self.network, self.order, self.has_posterior = network, order, roots is not None
        d, m = network.sizes[0], network.sizes[-1]
        shapes: list[tuple[int, ...]] = [(m, *[d] * k) for k in range(order + 1)]
        self.shapes = dict(zip(OUTPUTS, shapes, strict=False))
        if roots is not None:
            self.shapes |= dict(zip(POSTERIOR_STD, [(m,), (m, d)], strict=True))
            width = roots.shape[1]
            side_by_side = np.moveaxis(roots, 0, 1).reshape(width, m * width)
            self.root, self.root_of_bias = (nn.Buffer(_tensor(r)) for r in (side_by_side[:-1], side_by_side[-1]))
            self.ones = nn.Buffer(torch.ones(width, 1, dtype=torch.float64))
            self.width = width

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        outputs: tuple[Tensor, ...] = self.network(x, self.order)
        return (*outputs, *self._posterior_std(x)) if self.has_posterior else outputs

    def _posterior_std(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The standard deviations of the value (n, m) and of the gradient (n, m, d)."""
        (units, derivatives), rows = self.network.hidden_units(x, 1), self.network.first_weights
        of_value = product(units, self.root, self.network.sizes[1]) + self.root_of_bias
        of_gradient = product(rows * derivatives.unsqueeze(1), self.root, self.network.sizes[1])
        value, gradient = self._lengths(of_value, 1), self._lengths(of_gradient, 2)
        return value, gradient.permute(0, 2, 1)

    def _lengths(self, rows: Tensor, dim: int) -> Tensor:
        each: Tensor = rows.unflatten(dim, (self.network.sizes[-1], self.width))  # type: ignore[no-untyped-call]
        return torch.sqrt(product(each * each, self.ones, self.width)).squeeze(-1)


def to_onnx(module: FieldDerivatives) -> onnx.ModelProto:
    """The graph of a network, float64 with dynamic n; cut behind its value it costs what the value alone costs."""
    outputs = [tensor(name, shape=shape) for name, shape in module.shapes.items()]
    return graph_of(module, tensor("x", shape=(module.network.sizes[0],)), outputs)


def _tensor(value: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(value))
