import numpy as np
import onnx
import pytest

from serving.models import tanh_layer
from serving.models.graphs import SessionsByOrder
from serving.models.tanh_layer import layer_of
from tests.support.networks import network
from tests.support.rounding import assert_close
from training.export.function_model import Derivatives
from training.export.onnx_graph import to_onnx
from training.models.networks import Network

ORDERS = range(5)


def graph(of: Network) -> onnx.ModelProto:
    derivatives = Derivatives(of, 4)
    return to_onnx(derivatives, derivatives.outputs)


@pytest.mark.parametrize("units", [2, 7, 91])
def test_it_answers_as_its_graph_does(units: int) -> None:
    model, x = graph(network((units,))), np.linspace(-9, 9, 777)
    layer = layer_of(model)
    assert layer
    assert layer.highest == max(ORDERS)
    assert_close(layer(x, ORDERS), SessionsByOrder(model, ORDERS)(x, ORDERS, ()), roundings=40 * units)


def test_where_the_units_are() -> None:
    of = network((7,))
    layer = layer_of(graph(of))
    assert layer
    z = (layer.centers - of.scaling.x_center) / of.scaling.x_scale
    weight, bias = of.weights[0].detach().numpy()[0], of.biases[0].detach().numpy()
    np.testing.assert_allclose(weight * z + bias, 0, atol=1e-14)


@pytest.mark.parametrize("hidden", [(1,), (3, 4), (2, 3, 4)])
def test_what_has_several_layers_is_left_to_the_graph(hidden: tuple[int, ...]) -> None:
    assert layer_of(graph(network(hidden))) is None


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "sin"])
def test_what_has_other_units_is_left_to_the_graph(activation: str) -> None:
    assert layer_of(graph(network((7,), activation))) is None


def test_a_layer_larger_than_any_fit_is_left_to_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tanh_layer, "_MOST_UNITS", 6)
    assert layer_of(graph(network((6,)))) is not None
    assert layer_of(graph(network((7,)))) is None


def test_a_graph_of_anything_else_is_none() -> None:
    model = graph(network((7,)))
    for name in ("x", "network_weights_0", model.graph.node[0].output[0]):
        spoiled = onnx.ModelProto()
        spoiled.CopyFrom(model)
        for node in spoiled.graph.node:
            if name in node.input and node.op_type in ("Sub", "Mul"):
                node.op_type = "Div"
        assert layer_of(spoiled) is None, name
    del model.graph.initializer[:]
    assert layer_of(model) is None
