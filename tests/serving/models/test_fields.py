"""Functions of several variables: what the service accepts from the registry, what it refuses, and what it costs."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import yaml
from onnx import TensorProto

from serving.errors import RefusedModel
from serving.models import checker
from serving.models.fields import DEVIATIONS, OUTPUTS, FieldFunction, cuts, load
from serving.models.graph_validation import Tensor
from serving.models.graphs import Cut, SessionsByOutputs
from serving.models.logged_model import Version
from tests.support.fields import layers
from tests.support.rounding import assert_close
from tests.support.served_field import LAYERS, ROOTS, UNITS, register, served_field
from training.export.field_graph import FieldDerivatives, to_onnx
from training.models.field_network import FieldNetwork, evaluate

VERSION = Version("f", 1, "champion", "r")


@pytest.fixture
def folder(store: str) -> Path:
    """A registered model as it lies in the store, to be spoiled."""
    register(UNITS, "f", roots=ROOTS)
    return Path(mlflow.artifacts.download_artifacts("models:/f@champion"))


def change_metadata(folder: Path, **changes: Any) -> None:
    path = folder / "MLmodel"
    content = yaml.safe_load(path.read_text())
    content["metadata"] |= changes
    path.write_text(yaml.safe_dump(content))


def test_a_registered_model_answers_as_the_network_does(folder: Path) -> None:
    function, x = load(folder, VERSION), np.random.default_rng(0).uniform(-2, 2, (1_300, 3))
    truths = dict(zip(OUTPUTS, evaluate(FieldNetwork(UNITS), x, 2), strict=True))
    for names in (["value"], ["hessian"], ["gradient", "value"], list(OUTPUTS)):
        for name, answer in function(x, names).items():
            assert_close(answer, truths[name], roundings=1_000, magnitude=np.abs(truths[name]).max())
    assert function(x, DEVIATIONS)["gradient_deviation"].shape == (1_300, 2, 3)


def test_the_process_that_checks_models_knows_them(folder: Path) -> None:
    assert checker.check(folder)["variables"] == ["x", "y", "z"]
    change_metadata(folder, variables=["x", "y"])
    with pytest.raises(RefusedModel, match="do not describe a function of several variables"):
        checker.check(folder)


def operations(function: FieldFunction, names: tuple[str, ...]) -> int:
    """How many operations the session that answers these outputs has."""
    cut, _ = function.graph._find(frozenset(names))
    return len(cut.outputs)


def test_what_is_asked_for_is_cut_from_the_rest() -> None:
    function = served_field(UNITS, 2, ROOTS)
    answered = {
        ("value",): 1,
        ("gradient",): 2,
        ("hessian",): 3,
        ("deviation",): 2,
        ("value", "gradient_deviation"): 4,
        ("hessian", "deviation"): 5,
    }
    for names, outputs in answered.items():
        function(np.zeros((1, 3)), names)
        assert operations(function, names) == outputs
    assert [
        cut.outputs
        for cut in cuts(served_field(LAYERS, 1).metadata, to_onnx(FieldDerivatives(FieldNetwork(LAYERS), 1)))
    ] == [
        ("value",),
        ("value", "gradient"),
    ]


def test_fewer_points_are_evaluated_together_where_they_take_more() -> None:
    wide = layers((10, 400, 400, 2))
    graph = to_onnx(FieldDerivatives(FieldNetwork(wide)))
    value, gradient, hessian = cuts(served_field(wide).metadata, graph)
    assert value.together > gradient.together > hessian.together > 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"variables": ["x", "y"]}, ""),
        ({"variables": ["x", "x", "y"]}, ""),
        ({"domain": [[0, 1], [0, 1]]}, ""),
        ({"domain": [[0, float("inf")], [0, 1], [0, 1]]}, "domain"),
        ({"outputs": []}, "outputs"),
        ({"order": 3}, "order"),
        ({"tolerances": {}}, ""),
        ({"example": {}}, ""),
        ({"errors": "nonsense"}, "errors"),
    ],
)
def test_metadata_that_do_not_describe_one_are_refused(folder: Path, changes: dict[str, Any], field: str) -> None:
    change_metadata(folder, **changes)
    with pytest.raises(RefusedModel, match=rf"do not describe a function of several variables \(see {field}"):
        load(folder, VERSION)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outputs": ["u"]}, r"its output value is not DOUBLE of shape \['n', 1\]"),
        ({"variables": ["x"], "domain": [[0, 1]]}, r"its input is not DOUBLE of shape \['n', 1\]"),
        ({"example": {"x": [[0, 0, 0]], **{key: [[0, 0]] for key in (*OUTPUTS, *DEVIATIONS)}}}, "its value differs"),
        ({"example": {"x": [["a"]], **{key: [[0, 0]] for key in (*OUTPUTS, *DEVIATIONS)}}}, "does not answer its own"),
    ],
)
def test_a_graph_that_is_not_what_the_metadata_say(folder: Path, changes: dict[str, Any], reason: str) -> None:
    change_metadata(folder, **changes)
    with pytest.raises(RefusedModel, match=reason):
        load(folder, VERSION)


@pytest.mark.parametrize("name", [*OUTPUTS, *DEVIATIONS])
def test_an_output_that_differs_from_its_example(folder: Path, name: str) -> None:
    content = yaml.safe_load((folder / "MLmodel").read_text())["metadata"]
    spoiled = (np.array(content["example"][name]) + 1e-5).tolist()
    change_metadata(folder, example=content["example"] | {name: spoiled})
    with pytest.raises(RefusedModel, match=f"its {name} differs from its own example"):
        load(folder, VERSION)


def test_each_cut_is_bounded_at_its_own_number_of_points() -> None:
    graph, double = to_onnx(FieldDerivatives(FieldNetwork(layers((2, 4_000, 1))), 1)), TensorProto.DOUBLE
    x, outputs = Tensor(double, (2,)), {"value": Tensor(double, (1,)), "gradient": Tensor(double, (1, 2))}
    whole = Cut(("value", "gradient"), 4)
    SessionsByOutputs(graph, x, outputs, [Cut(("value",), 512), whole])
    with pytest.raises(RefusedModel, match=r"it computes too much: .* for 30000 points"):
        SessionsByOutputs(graph, x, outputs, [Cut(("value",), 30_000), whole])
