"""Whether a graph answers as the module that it was made from, and how far rounding lets the two differ.

A server asks a model for its stored example before it serves it. The same is asked here, of the same runtime and of the
same cuts of the graph, before a version becomes the champion: what the service would refuse is never promoted.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from training.arrays import Array
from training.export.onnx_graph import traced
from training.targets.domain import Domain

# Of an output's size: far above the rounding of sums of some hundred terms, and far below what a kernel in float32
# would leave.
_RELATIVE = 1e-9
# What the last bit of every result does to an output, times this: another runtime's kernels sum in another order.
_LAST_BITS = 100
# What rounding moves by more than this part of its size is noise, and not worth serving.
_NOISE = 0.1
_DRAWS = 3
_POINTS = 101


def points(domain: Domain, example: list[float]) -> Array:
    """Where outputs are looked at: all over the domain, and at the example."""
    return np.concatenate([np.linspace(*domain, _POINTS), example])


def tolerances(module: nn.Module, outputs: list[str], domain: Domain, x: Array) -> dict[str, float]:
    """How far another runtime's outputs may be from the module's at x (n,), by name.

    Relative to an output's size, not to its value at single points, where it may vanish; and where large terms cancel,
    as in an ill-conditioned output layer, as much as rounding makes of it.

    Args:
        outputs: d0, d1 …, and s0 … after them: the function, its derivatives, and the standard deviations of these.
    """
    values = evaluate(module, x)
    return _allowed(module, x, values, {name: _size(values, int(name[1:]), domain) for name in outputs})


def field_tolerances(module: nn.Module, outputs: list[str], x: Array) -> dict[str, float]:
    """The same for a function of several variables at x (n, d), relative to an output's largest value there."""
    values = evaluate(module, x)
    return _allowed(module, x, values, dict(zip(outputs, map(_largest, values), strict=True)))


def _allowed(module: nn.Module, x: Array, values: list[Array], sizes: Mapping[str, float]) -> dict[str, float]:
    moved = _OtherLastBits(module)
    draws = [evaluate(moved.run, x) for _ in range(_DRAWS)]
    with np.errstate(invalid="ignore"):  # infinity less infinity, where an order leaves float64
        rounding = [max(_largest(each[k] - value) for each in draws) for k, value in enumerate(values)]
    return {
        name: float(_RELATIVE * size + min(_LAST_BITS * moved_by, _NOISE * size))
        for (name, size), moved_by in zip(sizes.items(), rounding, strict=True)
    }


def _size(values: list[Array], order: int, domain: Domain) -> float:
    """The size of a derivative: its largest value, or that of one that turns the function over half of its domain.

    Of a line's second derivative there is nothing but rounding.
    """
    function, derivative = values[0], values[order]
    finite = function[np.isfinite(function)]
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        turning = np.float64(np.ptp(finite) if finite.size else 0.0) / np.float64((domain[1] - domain[0]) / 2) ** order
    return max(_largest(derivative), float(turning))


def disagreement(
    graph: onnx.ModelProto,
    given: Mapping[str, NDArray[np.generic]],
    expected: Mapping[str, Array],
    allowed: Mapping[str, float],
) -> str:
    """The first output in which ONNX Runtime and the module differ by more than is allowed; empty where none does.

    Args:
        given: the graph's input by its name.
        expected: the module's outputs, in the graph's order: a server cuts the graph behind any of them, and each cut
            is optimised in its own way.
        allowed: the tolerances of these.
    """
    from onnx.utils import Extractor
    from onnxruntime import InferenceSession, SessionOptions  # what only checks the graph is imported then

    names, options = list(expected), SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    for last in range(1, len(names) + 1):
        cut = Extractor(graph).extract_model(list(given), names[:last])
        session = InferenceSession(cut.SerializeToString(), options, providers=["CPUExecutionProvider"])
        for name, answer in zip(names, session.run(names[:last], dict(given)), strict=False):
            off = difference(np.asarray(answer), expected[name])
            if not off <= allowed[name]:
                return f"its graph's {name} is off by {off:.2g}, where {allowed[name]:.2g} is allowed{_advice(name)}"
    return ""


def _advice(name: str) -> str:
    order = name[1:] if name[0] == "d" and name[1:].isdigit() else "0"
    return f"; max_order={int(order) - 1} leaves that out" if int(order) > 0 else ""


def difference(answer: Array, expected: Array) -> float:
    """The largest absolute difference; infinite where only one of both is beyond float64."""
    finite = np.isfinite(expected)
    if answer.shape != expected.shape or not np.array_equal(np.isfinite(answer), finite):
        return np.inf
    return _largest(answer[finite] - expected[finite])


def evaluate(module: Callable[[Tensor], tuple[Tensor, ...]], x: NDArray[Any]) -> list[Array]:
    """The module's outputs at x."""
    with torch.inference_mode():
        outputs = module(torch.from_numpy(x))
    return [output.numpy() for output in outputs]


class _OtherLastBits(fx.Interpreter):
    """A module with the last bit of every weight, and of every result, changed at random, as rounding does."""

    def __init__(self, module: nn.Module):
        super().__init__(traced(module))
        self._signs = np.random.default_rng(0)

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if n.op not in ("get_attr", "call_function") or not isinstance(value, Tensor):
            return value
        signs = np.asarray(self._signs.choice([-1.0, 1.0], tuple(value.shape)))
        return value * (1 + torch.finfo(value.dtype).eps * torch.from_numpy(signs))


def _largest(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0))
