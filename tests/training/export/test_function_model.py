import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import onnx
import pytest
from mlflow.utils import logging_utils

from tests.support.descriptions import function
from tests.support.metadata import METADATA
from tests.support.networks import network
from training.export.function_model import Registered, register


def registered(
    error: float, champion: str = "better", errors: dict[str, float] | None = None, **changes: Any
) -> Registered:
    told = changes | {"errors": errors or dict.fromkeys(("d0", "d1", "d2"), error)}
    metadata = function(target="gaussian", **told) if "target" not in told else function(**told)
    with mlflow.start_run():
        return register(network(), "f", 3, metadata, [-5.0, 0.0, 5.0], champion)


def champion() -> int:
    return int(mlflow.MlflowClient().get_model_version_by_alias("f", "champion").version)


def test_the_champion_is_the_version_with_the_lowest_error(store: str) -> None:
    assert registered(0.5).champion
    assert not registered(0.5).champion
    assert champion() == 1
    assert registered(0.4).champion
    assert champion() == 3
    kept = registered(0.6)
    assert kept == Registered("f", 4, False, "error 0.6 against the champion's 0.4")
    assert champion() == 3


def test_mlflow_says_nothing_that_the_summary_says(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with mlflow.start_run():
        register(network(), "quiet", 1, function(), [0.0, 1.0], "better")
    said = capsys.readouterr()
    assert "quiet" not in said.out + said.err
    assert logging_utils.MLFLOW_LOGGING_STREAM.enabled


def test_a_closer_fit_with_worse_derivatives_is_no_champion(store: str) -> None:
    registered(0, errors={"d0": 0.02, "d1": 0.04, "d2": 0.1})
    assert not registered(0, errors={"d0": 0.01, "d1": 0.06, "d2": 1.0}).champion
    assert registered(0, errors={"d0": 0.01, "d1": 0.05, "d2": 0.1}).champion


def test_a_champion_can_be_forced_and_prevented(store: str) -> None:
    assert not registered(0.5, "never").champion
    assert registered(0.5).champion
    assert registered(0.9, "always").champion
    assert not registered(0.1, "never").champion
    assert champion() == 3


def test_a_champion_for_another_function_or_domain_is_not_replaced(store: str) -> None:
    registered(0.5)
    other = registered(0.1, target="psi_3")
    assert (other.champion, other.reason) == (False, "the champion has target gaussian, not psi_3")
    assert not registered(0.1, domain=[-1.0, 1.0]).champion
    assert champion() == 1


def test_the_model_describes_itself(store: str) -> None:
    registered(0.5)
    info = mlflow.models.get_model_info("models:/f@champion")
    metadata = dict(info.metadata or {})
    example, tolerances = metadata.pop("example"), metadata.pop("tolerances")
    assert list(tolerances) == ["d0", "d1", "d2", "d3"]
    assert metadata == METADATA | {"errors": {"d0": 0.5, "d1": 0.5, "d2": 0.5}, "orders": [0, 1, 2, 3], "bands": []}
    assert {name: len(values) for name, values in example.items()} == dict.fromkeys(["x", "d0", "d1", "d2", "d3"], 3)
    tensor = {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}
    signature = {key: json.loads(text) for key, text in info.signature.to_dict().items() if text}
    assert signature["inputs"] == [tensor | {"name": "x"}]
    assert signature["outputs"] == [tensor | {"name": f"d{k}"} for k in range(4)]


def test_the_file_is_one_graph_in_float64_with_its_weights_inside(store: str) -> None:
    registered(0.5)
    folder = Path(mlflow.artifacts.download_artifacts("models:/f@champion"))
    model = onnx.load_model(folder / "model.onnx", load_external_data=False)
    tensors = model.graph.initializer
    assert {t.data_location for t in tensors} == {onnx.TensorProto.DEFAULT}
    assert {t.data_type for t in tensors} == {onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64}
    assert {opset.domain for opset in model.opset_import} == {""}
    assert not [path.name for path in folder.rglob("*") if path.suffix in {".pkl", ".pt", ".pth", ".ckpt"}]
    example = json.loads((folder / "serving_input_example.json").read_text())
    np.testing.assert_array_equal(example["inputs"]["x"], [-5, 0, 5])
