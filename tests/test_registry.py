from pathlib import Path

import mlflow
import numpy as np
import pytest

from serving.errors import NotReady, UnknownModel
from serving.registry import Registry
from tests.test_networks import network
from training.export import register


def fit(name: str, error: float, kind: str = "function", seed: int = 0) -> None:
    metadata = {
        "kind": kind,
        "target": "t",
        "domain": [-5.0, 5.0],
        "activation": "tanh",
        "errors": dict.fromkeys(("d0", "d1", "d2"), error),
    }
    with mlflow.start_run():
        register(network(seed=seed), name, 1, metadata, [0.0], "better")


def served(registry: Registry) -> dict[str, int]:
    return {model.version.name: model.version.version for model in registry.models()}


def test_nothing_registered_yet(store: str) -> None:
    registry = Registry(store, "champion")
    with pytest.raises(NotReady, match="has not been read yet"):
        registry.require_ready()
    registry.refresh()
    with pytest.raises(NotReady, match="no registered model has the alias 'champion' yet: fit a function first"):
        registry.require_ready()


def test_the_alias_is_followed(store: str) -> None:
    registry = Registry(store, "champion")
    fit("f", 0.5)
    registry.refresh()
    assert served(registry) == {"f": 1}
    held = registry.function("f")
    fit("f", 0.6)
    registry.refresh()
    assert registry.function("f") is held
    fit("f", 0.4, seed=1)
    fit("g", 0.1)
    registry.refresh()
    assert served(registry) == {"f": 3, "g": 1}
    old, new = held(np.zeros(1), [0]), registry.function("f")(np.zeros(1), [0])
    assert old[0] != new[0]
    mlflow.MlflowClient().delete_registered_model_alias("f", "champion")
    registry.refresh()
    assert served(registry) == {"g": 1}
    with pytest.raises(UnknownModel, match="no function 'f' is served"):
        registry.function("f")


def test_another_alias(store: str) -> None:
    fit("f", 0.5)
    mlflow.MlflowClient().set_registered_model_alias("f", "challenger", "1")
    registry = Registry(store, "challenger")
    registry.refresh()
    assert registry.function("f").version.alias == "challenger"


def test_more_models_than_a_page_of_the_registry_holds(store: str) -> None:
    for i in range(101):
        mlflow.MlflowClient().create_registered_model(f"empty{i:03}")
    fit("z", 0.5)
    registry = Registry(store, "champion")
    registry.refresh()
    assert served(registry) == {"z": 1}


def test_a_refused_version_leaves_the_one_before_it(store: str) -> None:
    registry = Registry(store, "champion")
    fit("f", 0.5)
    registry.refresh()
    fit("f", 0.1, kind="poem")
    registry.refresh()
    assert served(registry) == {"f": 1}


def test_why_there_is_nothing_to_serve(store: str) -> None:
    fit("f", 0.1, kind="poem")
    registry = Registry(store, "champion")
    registry.refresh()
    with pytest.raises(NotReady, match=r"f version 1: its metadata do not describe a function \(see kind\)"):
        registry.require_ready()


def test_a_refused_version_that_lost_the_alias_is_no_reason_any_more(store: str) -> None:
    fit("f", 0.1, kind="poem")
    registry = Registry(store, "champion")
    registry.refresh()
    mlflow.MlflowClient().delete_registered_model_alias("f", "champion")
    registry.refresh()
    with pytest.raises(NotReady, match="no registered model has the alias"):
        registry.require_ready()


def test_a_registry_that_is_down_changes_nothing(store: str, tmp_path: Path) -> None:
    registry = Registry(store, "champion")
    fit("f", 0.5)
    registry.refresh()
    (tmp_path / "mlflow.db").write_text("not a database")
    registry.refresh()
    registry.require_ready()
    assert served(registry) == {"f": 1}
