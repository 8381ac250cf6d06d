"""Functions of one variable that are a sum of tanh units, as fits are unless told otherwise, computed in one pass.

ONNX Runtime goes over all units of all points once for each operation of a graph, and takes longer for a tanh.
"""

from collections.abc import Sequence
from functools import cache
from types import ModuleType

import numpy as np
import onnx
from onnx import numpy_helper

from serving.arrays import Array
from serving.runtime import garbage

# From d0 back to x: the operations of such a graph, each with one operand at most beside what comes from x.
_CHAIN = ("Identity", "Squeeze", "Add", "MatMul", "Tanh", "Add", "Mul", "Unsqueeze", "Mul", "Sub")
# More than any fit has.
_MOST_UNITS = 10_000
# The first numbers of what tanh_kernel has for the derivatives, by order.
_FACTORS = np.array([1.0, 4.0, -8.0, 16.0, 32.0])


class TanhLayer:
    """f(x) = offset + Σᵢ cᵢ tanh(wᵢ z + bᵢ) with z = (x - center) slope, and its derivatives.

    Args:
        weights, biases, outputs: w, b and c, each (units,).
    """

    def __init__(self, center: float, slope: float, weights: Array, biases: Array, outputs: Array, offset: float):
        self._kernel = _kernel()
        self._center, self._slope, self._offset = center, slope, offset
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            powers = (weights * slope) ** np.arange(len(_FACTORS))[:, None]
            units = np.vstack([2 * weights, 2 * biases, _FACTORS[:, None] * outputs * powers])
            # Where each is steepest; not finite for one that is constant.
            self.centers = center - biases / (weights * slope)
        # Units are taken in pairs: of an odd number the last one is there once more, and adds nothing.
        odd = len(weights) % 2
        units = np.pad(units, ((0, 0), (0, odd)), "edge")
        units[2:, len(weights) :] = 0
        self._units = units

    @property
    def highest(self) -> int:
        """The highest order that it has."""
        highest: int = self._kernel.HIGHEST
        return highest

    def __call__(self, x: Array, orders: Sequence[int]) -> Array:
        """The derivatives of these orders at x (n,), (orders, n)."""
        highest = max(orders)
        found, work = np.empty((highest + 1, len(x))), np.empty((self._kernel.WORK, self._kernel.BLOCK))
        # What a client has sent may be a part of its body: not to be written to, and anywhere in memory.
        x = np.require(x, np.float64, ("C", "A", "W"))
        self._kernel.compute_sums(x, self._center, self._slope, self._offset, self._units, highest, work, found)
        return found[list(orders)]


@cache
def _kernel() -> ModuleType:
    """Who serves none of these does without the compiler."""
    from serving.models import tanh_kernel

    garbage.keep()
    return tanh_kernel


def layer_of(model: onnx.ModelProto) -> TanhLayer | None:
    """The layer that a graph x (n,) → d0 … consists of; None where it consists of something else.

    Only d0 is looked at: whether the other outputs are its derivatives is to be seen by their values.
    """
    makers = {name: node for node in model.graph.node for name in node.output}
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    name, beside = "d0", list[Array]()
    for operator in _CHAIN:
        node = makers.get(name)
        if node is None or node.op_type != operator or not constants.keys() >= set(node.input[1:]):
            return None
        beside += [constants[other] for other in node.input[1:]]
        name = node.input[0]
    if name != "x" or len(beside) != len(_CHAIN) - 2:
        return None
    _, offset, outputs, biases, weights, _, slope, center = beside
    units = biases.size
    if not 0 < units <= _MOST_UNITS or any(constant.size != 1 for constant in (offset, slope, center)):
        return None
    if (outputs.shape, biases.shape, weights.shape) != ((units, 1), (units,), (1, units)):
        return None
    return TanhLayer(center.item(), slope.item(), weights[0], biases, outputs[:, 0], offset.item())
