"""What is read of an MLflow registry, and what is said where it cannot be."""

import os
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from serving.errors import RefusedModel, UnknownModel
from serving.models.functions import Function
from serving.registry.registry_client import NotFetched, RegistryClient, RegistryDown
from tests.support.catalogs import fit
from tests.support.processes import free_port


def test_models_and_versions_are_told_as_they_are_registered(store: str) -> None:
    client = RegistryClient(store)
    assert client.models() == {}
    fit("f", 0.5)
    fit("f", 0.6, seed=1)
    before = client.models()["f"]
    assert before.aliases == {"champion": 1}
    MlflowClient().set_registered_model_alias("f", "challenger", "2")
    assert client.models()["f"].aliases == {"champion": 1, "challenger": 2}
    assert [(each.version, each.aliases) for each in client.versions("f")] == [(2, ["challenger"]), (1, ["champion"])]
    version = client.version("f", 2)
    assert (version.name, version.version, version.experiment_id) == ("f", 2, "0")
    assert version.created >= before.revision[0] > 0
    fit("f", 0.7, seed=2)
    assert client.models()["f"].revision != before.revision


def test_what_is_not_there(store: str) -> None:
    client = RegistryClient(store)
    with pytest.raises(UnknownModel, match="f has no version 1"):
        client.version("f", 1)
    with pytest.raises(UnknownModel, match="no such model is registered"):
        client.versions("f")


def test_a_version_is_fetched_checked_and_loaded(store: str) -> None:
    fit("f", 0.5)
    client = RegistryClient(store)
    version = client.version("f", 1)
    assert isinstance(client.load(version), Function)
    folder = Path(mlflow.artifacts.download_artifacts("models:/f/1"))
    graph = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(graph[:100])
    with pytest.raises(RefusedModel) as refused:
        client.load(version)
    assert str(folder) not in str(refused.value)
    (folder / "model.onnx").unlink()
    os.mkfifo(folder / "model.onnx")
    with pytest.raises(NotFetched, match=r"its artifact 'model\.onnx' is no plain file"):
        client.load(version)


def test_a_registry_that_does_not_answer_is_down(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(RegistryDown):
        RegistryClient(f"http://127.0.0.1:{free_port()}").models()
    Path("mlflow.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(RegistryDown, match="file is not a database"):
        RegistryClient(store)
