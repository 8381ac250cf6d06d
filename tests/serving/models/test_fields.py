"""Functions of several variables: what the service accepts from the registry, what it refuses, and what it costs."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import yaml

from serving.errors import RefusedModel
from serving.models import checker, graph_validation
from serving.models.fields import OUTPUTS, POSTERIOR_STD, load
from serving.models.logged_model import Version
from tests.support.fields import layers
from tests.support.rounding import assert_close
from tests.support.served_field import LAYERS, ROOTS, UNITS, register, served_field
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
    assert function(x, POSTERIOR_STD)["gradient_deviation"].shape == (1_300, 2, 3)


def test_the_process_that_checks_models_knows_them(folder: Path) -> None:
    assert checker.check(folder)["variables"] == ["x", "y", "z"]
    change_metadata(folder, variables=["x", "y"])
    with pytest.raises(RefusedModel, match="do not describe a function of several variables"):
        checker.check(folder)


@pytest.mark.parametrize(
    ("names", "computed"),
    [
        (["value"], ["value"]),
        (["gradient"], ["value", "gradient"]),
        (["hessian"], ["value", "gradient", "hessian"]),
        (["deviation"], ["value", "deviation"]),
        (["value", "gradient_deviation"], ["value", "gradient", "deviation", "gradient_deviation"]),
        (["hessian", "deviation"], ["value", "gradient", "hessian", "deviation", "gradient_deviation"]),
    ],
)
def test_what_is_asked_for_is_cut_from_the_rest(names: list[str], computed: list[str]) -> None:
    cut = served_field(UNITS, 2, ROOTS).graph.cut_for(names)
    assert [output.name for output in cut.session.get_outputs()] == list(cut.outputs) == computed


def test_what_has_no_bands_is_cut_by_order() -> None:
    assert served_field(LAYERS, 1).metadata.asked_together == [("value",), ("value", "gradient")]
    assert served_field(UNITS, 0, ROOTS).metadata.asked_together[-1] == ("value", *POSTERIOR_STD)


def test_fewer_points_are_evaluated_together_where_they_take_more() -> None:
    value, gradient, hessian = served_field(layers((10, 400, 400, 2))).graph.cuts
    # 400 units; two outputs; and ten variables.
    assert (value.together, gradient.together, hessian.together) == (248, 120, 8)


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
        ({"example": {"x": [[0, 0, 0]], **{key: [[0, 0]] for key in (*OUTPUTS, *POSTERIOR_STD)}}}, "its value differs"),
        (
            {"example": {"x": [["a"]], **{key: [[0, 0]] for key in (*OUTPUTS, *POSTERIOR_STD)}}},
            "does not answer its own",
        ),
    ],
)
def test_a_graph_that_is_not_what_the_metadata_say(folder: Path, changes: dict[str, Any], reason: str) -> None:
    change_metadata(folder, **changes)
    with pytest.raises(RefusedModel, match=reason):
        load(folder, VERSION)


@pytest.mark.parametrize("name", [*OUTPUTS, *POSTERIOR_STD])
def test_an_output_that_differs_from_its_example(folder: Path, name: str) -> None:
    content = yaml.safe_load((folder / "MLmodel").read_text())["metadata"]
    spoiled = (np.array(content["example"][name]) + 1e-5).tolist()
    change_metadata(folder, example=content["example"] | {name: spoiled})
    with pytest.raises(RefusedModel, match=f"its {name} differs from its own example"):
        load(folder, VERSION)


def test_what_computes_too_much_for_one_point_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_validation, "_MOST_COMPUTED", 100_000)
    with pytest.raises(RefusedModel, match=r"it computes too much: \d+,\d+ numbers, .* for 512 points"):
        load(folder, VERSION)
