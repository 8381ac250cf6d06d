"""What the service accepts from the registry, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import mlflow
import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper

from serving.api import responses
from serving.api.schemas import Evaluation, Model
from serving.errors import RefusedModel
from serving.models.evaluation import EvaluationSpec
from serving.models.evaluation import evaluate as evaluate_function
from serving.models.functions import load
from serving.models.logged_model import Version, description
from tests.support.descriptions import function as described
from tests.support.networks import network
from tests.support.rounding import assert_close
from training.export.function_model import register
from training.models.networks import evaluate

VERSION = Version("f", 1, "champion", "r")


@pytest.fixture
def folder(store: str) -> Path:
    """A registered model as it lies in the store, to be spoiled."""
    with mlflow.start_run():
        register(network(), "f", 3, described(), [-5.0, 0.0, 5.0], "better")
    return Path(mlflow.artifacts.download_artifacts("models:/f@champion"))


def change_metadata(folder: Path, **changes: Any) -> None:
    path = folder / "MLmodel"
    content = yaml.safe_load(path.read_text())
    content["metadata"] |= changes
    path.write_text(yaml.safe_dump(content))


def test_a_registered_model_answers_as_the_network_does(folder: Path) -> None:
    function, x = load(folder, VERSION), np.linspace(-7, 7, 1_001)
    truths = evaluate(network(), x, 3)
    for order in ([0], [2], [3, 1], [0, 1, 2, 3]):
        for answer, k in zip(function(x, order), order, strict=True):
            assert_close(answer, truths[k], roundings=200)


def test_data_over_time_say_what_x_is_since(folder: Path) -> None:
    spec = EvaluationSpec(np.array([0.5]), (0,))
    plain = load(folder, VERSION)
    assert not {"x_origin", "x_unit"} & Model.describe(plain, None).model_dump().keys()
    assert not {"x_origin", "x_unit"} & json.loads(responses.as_json(evaluate_function(plain, spec))).keys()
    change_metadata(folder, x_origin="2024-03-01T12:00:00", x_unit="s")
    timed = load(folder, VERSION)
    said = {"x_origin": "2024-03-01T12:00:00", "x_unit": "s"}
    assert said.items() <= Model.describe(timed, None).model_dump().items()
    answer = evaluate_function(timed, spec)
    content = json.loads(responses.as_json(answer))
    assert said.items() <= content.items()
    assert Evaluation.model_validate(content).x_unit == "s"
    assert responses.headers(answer)["X-Origin-Of-X"] == "2024-03-01T12:00:00"


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, ("x", None)),
        ({"variable": "t"}, ("t", None)),
        ({"source": {"x": "time", "y": "U / V", "path": "a.csv", "digest": "0"}}, ("time", "U / V")),
        ({"source": {}}, ("x", None)),
    ],
)
def test_x_and_y_have_the_names_of_their_columns(
    folder: Path, said: dict[str, Any], names: tuple[str, str | None]
) -> None:
    change_metadata(folder, **said)
    described = Model.describe(load(folder, VERSION), None)
    assert (described.x_name, described.y_name) == names


@pytest.mark.parametrize("key", ["kind", "domain", "orders", "errors", "example"])
def test_metadata_that_do_not_describe_a_function_are_refused(folder: Path, key: str) -> None:
    change_metadata(folder, **{key: "nonsense"})
    with pytest.raises(RefusedModel, match=rf"its metadata do not describe a function \(see {key}"):
        load(folder, VERSION)


def test_errors_that_are_no_numbers_are_not_told(folder: Path) -> None:
    """A page shows a model all the same; one whose domain is none cannot be evaluated."""
    change_metadata(folder, errors={"d0": float("nan"), "d1": float("inf"), "d2": 0.1}, condition=float("nan"))
    described = Model.describe(load(folder, VERSION), None)
    assert described.errors == {"d0": None, "d1": None, "d2": 0.1}
    assert described.condition is None
    assert "NaN" not in described.model_dump_json()
    for domain in ([float("nan"), 1.0], [0.0, float("inf")]):
        change_metadata(folder, domain=domain)
        with pytest.raises(RefusedModel, match=r"\(see domain"):
            load(folder, VERSION)


@pytest.mark.parametrize("name", ["ψ_3", "a\nb", "Ω" * 100, "f"])
def test_the_headers_of_an_array_have_any_name(folder: Path, name: str) -> None:
    function = load(folder, replace(VERSION, name=name))
    found = responses.headers(evaluate_function(function, EvaluationSpec(np.zeros(1), (0,))))
    assert unquote(found["X-Model-Name"]) == name
    assert all(value.isascii() and value.isprintable() for value in found.values())


def test_a_model_of_someone_else_is_refused(folder: Path) -> None:
    content = yaml.safe_load((folder / "MLmodel").read_text())
    del content["metadata"]
    (folder / "MLmodel").write_text(yaml.safe_dump(content))
    with pytest.raises(RefusedModel, match="do not describe a function"):
        load(folder, VERSION)


@pytest.mark.parametrize("content", ["", "a: [", "- a list", "flavors: 1"])
def test_a_damaged_description_is_refused(folder: Path, content: str) -> None:
    (folder / "MLmodel").write_text(content)
    with pytest.raises(RefusedModel, match=r"cannot be read|do not describe a function"):
        load(folder, VERSION)


def test_a_graph_that_differs_from_its_example_is_refused(folder: Path) -> None:
    model = onnx.load_model(folder / "model.onnx")
    weight = next(t for t in model.graph.initializer if t.name.endswith("weights_1"))
    weight.raw_data = (np.frombuffer(weight.raw_data) * (1 + 1e-6)).tobytes()
    onnx.save_model(model, folder / "model.onnx")
    with pytest.raises(RefusedModel, match="its d0 differs from its own example"):
        load(folder, VERSION)


def test_an_older_model_is_judged_by_its_size_on_the_domain(folder: Path) -> None:
    """Older metadata do not say how far an answer may be from the example, which may be where the function vanishes."""
    change_metadata(folder, tolerances={})
    load(folder, VERSION)
    model = onnx.load_model(folder / "model.onnx")
    weight = next(t for t in model.graph.initializer if t.name.endswith("weights_1"))
    weight.raw_data = (np.frombuffer(weight.raw_data) * (1 + 1e-6)).tobytes()
    onnx.save_model(model, folder / "model.onnx")
    with pytest.raises(RefusedModel, match="its d0 differs from its own example"):
        load(folder, VERSION)


def test_orders_that_the_graph_does_not_have_are_refused(folder: Path) -> None:
    change_metadata(folder, orders=[0, 1, 2, 3, 4])
    with pytest.raises(RefusedModel, match=r"its output d4 is not DOUBLE of shape \['n'\]"):
        load(folder, VERSION)


@pytest.mark.parametrize("spoil", [lambda content: content[:-100], lambda content: b"", lambda content: b"nonsense"])
def test_a_damaged_graph_is_refused(folder: Path, spoil: Any) -> None:
    path = folder / "model.onnx"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(RefusedModel, match=r"the graph does not load|it takes nothing, not x"):
        load(folder, VERSION)


def test_a_missing_graph_is_refused(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    with pytest.raises(RefusedModel, match="the graph does not load"):
        load(folder, VERSION)


def test_weights_in_other_files_are_refused(folder: Path) -> None:
    model = onnx.load_model(folder / "model.onnx")
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    tensor.external_data.add(key="location", value="weights.bin")
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(RefusedModel, match="keeps its weights in other files"):
        load(folder, VERSION)


def test_operations_from_elsewhere_are_refused(folder: Path) -> None:
    model = onnx.load_model(folder / "model.onnx")
    model.graph.node.append(helper.make_node("Run", ["x"], ["y"], domain="com.example"))
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(RefusedModel, match="operator 'Run', which is not one of those that are known"):
        load(folder, VERSION)


def test_a_sum_of_tanh_units_is_answered_without_its_graph(store: str) -> None:
    with mlflow.start_run():
        register(network((7,)), "f", 5, described(), [-5.0, 0.0, 5.0], "better")
    folder, x = Path(mlflow.artifacts.download_artifacts("models:/f@champion")), np.linspace(-7, 7, 100)
    by_graph, faster = load(folder, VERSION), load(folder, VERSION, description(folder))
    assert by_graph.graph.layer is None
    assert faster.graph.layer is not None
    for orders in ([0], [2, 1], [3, 5]):
        assert_close(faster(x, orders), by_graph(x, orders), roundings=1_000)
    np.testing.assert_array_equal(faster(x, [5]), by_graph(x, [5]))


def test_a_graph_whose_derivatives_are_others_keeps_its_word(store: str) -> None:
    with mlflow.start_run():
        register(network((7,)), "f", 2, described(), [-5.0, 0.0, 5.0], "better")
    folder, x = Path(mlflow.artifacts.download_artifacts("models:/f@champion")), np.linspace(-7, 7, 100)
    model = onnx.load(folder / "model.onnx")
    first, second = (node for node in model.graph.node if node.output[0] in ("d1", "d2"))
    first.input[0], second.input[0] = second.input[0], first.input[0]
    before = load(folder, VERSION)(x, [0, 1, 2])
    onnx.save(model, folder / "model.onnx")
    function = load(folder, VERSION, description(folder))
    assert function.graph.layer is None
    np.testing.assert_array_equal(function(x, [0, 2, 1]), before)
