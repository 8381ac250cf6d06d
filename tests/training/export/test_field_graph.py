import numpy as np
import pytest
from onnx import TensorProto
from onnx.utils import Extractor

from serving.models.graph_validation import Tensor, require_harmless
from tests.support.fields import layers
from tests.support.rounding import assert_close
from tests.support.runtime_levels import LEVELS, run
from training.export.field_graph import FieldDerivatives, to_onnx
from training.models.field_network import OUTPUTS, FieldNetwork, evaluate
from training.models.jets import ACTIVATIONS
from training.surrogates import evident
from training.surrogates.samples import FieldSamples


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_graph_computes_what_the_network_does(activation: str, level: str) -> None:
    for sizes in [(2, 7, 1), (3, 5, 4, 2), (1, 1, 1, 1), (4, 1, 3, 3), (2, 4, 3, 5, 1)]:
        network, x = FieldNetwork(layers(sizes, activation)), np.random.default_rng(0).uniform(-2, 2, (57, sizes[0]))
        for answer, truth in zip(
            run(to_onnx(FieldDerivatives(network)), x, LEVELS[level]), evaluate(network, x, 2), strict=True
        ):
            # A handful for each product and each derivative of an activation; those of gelu have terms that cancel.
            assert_close(answer, truth, roundings=1_000, magnitude=max(1.0, np.abs(truth).max()))


@pytest.mark.parametrize("count", [0, 1, 5_001])
def test_any_number_of_points(count: int) -> None:
    answers = run(
        to_onnx(FieldDerivatives(FieldNetwork(layers((3, 4, 5, 2))))), np.zeros((count, 3)), LEVELS["ORT_ENABLE_ALL"]
    )
    assert [answer.shape for answer in answers] == [(count, 2), (count, 2, 3), (count, 2, 3, 3)]


@pytest.mark.parametrize("sizes", [(2, 6, 1), (10, 30, 30, 3)])
def test_the_service_takes_it(sizes: tuple[int, ...]) -> None:
    d, m = sizes[0], sizes[-1]
    shapes = {"value": (m,), "gradient": (m, d), "hessian": (m, d, d)}
    outputs = {name: Tensor(TensorProto.DOUBLE, shape) for name, shape in shapes.items()}
    graph = to_onnx(FieldDerivatives(FieldNetwork(layers(sizes))))
    require_harmless(graph, {"x": Tensor(TensorProto.DOUBLE, (d,))}, outputs, together=256)


def test_the_value_alone_is_the_plain_network() -> None:
    graph = Extractor(to_onnx(FieldDerivatives(FieldNetwork(layers((3, 4, 5, 2)))))).extract_model(
        ["x"], list(OUTPUTS[:1])
    )
    operators = [node.op_type for node in graph.graph.node]
    assert operators == ["Sub", "MatMul", "Add", "Tanh", "MatMul", "Add", "Tanh", "MatMul", "Add", "Identity"]


def test_the_deviations_are_those_of_the_posterior() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (200, 3))
    y = np.column_stack([np.sin(x[:, 0] + x[:, 1]), x[:, 2] ** 2]) + np.random.default_rng(1).normal(0, 0.1, (200, 2))
    found = evident.fit(FieldSamples(x, (y,)), seed=0, units=40)
    module = FieldDerivatives(FieldNetwork(found.layers), 1, found.roots)
    answers = run(to_onnx(module), x, LEVELS["ORT_ENABLE_ALL"])
    for answer, truth in zip(answers[-2:], found.posterior_std(x), strict=True):
        assert_close(answer, truth, roundings=10_000, magnitude=np.abs(truth).max())
