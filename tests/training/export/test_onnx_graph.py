import numpy as np
import pytest
import torch
from torch import nn

from tests.support.networks import network
from tests.support.rounding import assert_close
from tests.support.runtime_levels import LEVELS, run
from training.export.function_model import Derivatives
from training.export.onnx_graph import to_onnx
from training.models.jets import ACTIVATIONS
from training.models.networks import evaluate

X = np.linspace(-2, 4, 257)


def names(order: int) -> list[str]:
    return [f"d{k}" for k in range(order + 1)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_graph_computes_what_the_module_does(activation: str, level: str) -> None:
    """At every level of optimisation: some of ONNX Runtime's fusions keep their factors in float32."""
    for hidden in [(1,), (1, 1, 4), (7, 5), (4, 3, 6)]:
        module = network(hidden, activation)
        answers = run(to_onnx(Derivatives(module, 6), names(6)), X, LEVELS[level])
        for answer, truth in zip(answers, evaluate(module, X, 6), strict=True):
            # As many as a product in a layer has terms, times the pairs of orders of which an activation makes one.
            assert_close(answer, truth, roundings=200, magnitude=max(1e-3, np.abs(truth).max()))


@pytest.mark.parametrize("count", [0, 1, 10_001])
def test_any_number_of_points(count: int) -> None:
    answers = run(to_onnx(Derivatives(network(), 2), names(2)), np.zeros(count), LEVELS["ORT_ENABLE_ALL"])
    assert [answer.shape for answer in answers] == [(count,)] * 3


def test_a_network_in_float32_is_exported_in_float64() -> None:
    module = network().float()
    (value,) = run(to_onnx(Derivatives(module, 0), ["d0"]), X, LEVELS["ORT_ENABLE_ALL"])
    assert_close(value, evaluate(module.double(), X, 0)[0], roundings=50)
    assert value.dtype == np.float64


def test_an_operation_without_a_counterpart_is_an_error() -> None:
    class Unknown(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            return (torch.erf(x),)

    with pytest.raises(KeyError, match="erf"):
        to_onnx(Unknown(), ["d0"])
