"""A model is its own failure: others are served, it has a state and a reason, and it is tried again."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import onnx
import pytest
from mlflow import MlflowClient

from serving.errors import UnknownModel
from serving.models.functions import Function
from serving.registry.catalog import Catalog
from tests.support.attacks import add_function, watching
from tests.support.catalogs import find, fit
from tests.support.environment import ROOT
from tests.support.harmful_graphs import HARMFUL
from tests.support.service import Service, serving
from tests.support.watch import Watch

# What was moved.
AWAY: list[Path] = []


def artifacts(name: str) -> Path:
    """Where the files of a model's first version are."""
    return Path(mlflow.artifacts.download_artifacts(f"models:/{name}/1"))


def spoil(name: str) -> None:
    """Make a model unusable, each in the way that it is named for."""
    folder = artifacts(name)
    graph = folder / "model.onnx"
    if name == "missing":
        AWAY.append(folder.rename(folder.with_name("elsewhere")))
    elif name == "circle":
        graph.unlink()
        graph.symlink_to("model.onnx")
    elif name == "pipe":
        graph.unlink()
        os.mkfifo(graph)
    elif name == "secret":
        graph.unlink()
        graph.symlink_to("/etc/passwd")
    else:
        onnx.save_model(HARMFUL[name][0], graph)


REASONS = {
    "circle": ("unavailable", "its artifact 'model.onnx' is no plain file"),
    "endless": ("refused", "it has the operator 'Loop', which is not one of those that are known"),
    "missing": ("unavailable", "its artifacts are not there"),
    "pipe": ("unavailable", "its artifact 'model.onnx' is no plain file"),
    "secret": ("unavailable", "its artifact 'model.onnx' is no plain file"),
    "texts": ("refused", "it has the operator 'StringNormalizer', which is not one of those that are known"),
}


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, environment: dict[str, str]
) -> Iterator[tuple[Service, Watch]]:
    """A service with one sound model, and what was seen of it while the others were to be served as well."""
    folder = tmp_path_factory.mktemp("spoiled")
    shutil.copy(empty_database, folder)
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        fit("sound", 0.5)
        for name in REASONS:
            add_function(name, champion="never")
            spoil(name)
        with serving(folder, environment | {"PYTHONPATH": str(ROOT)}, "--refresh_seconds=0.3") as service:
            with watching(service) as watch:
                for name in REASONS:
                    MlflowClient().set_registered_model_alias(name, "champion", "1")
                until(lambda: {*REASONS} < states(service).keys() and "loading" not in kinds(service))
            yield service, watch


@pytest.fixture
def spoiled(watched: tuple[Service, Watch]) -> Service:
    """A service with one sound model among those that are not."""
    return watched[0]


def states(service: Service) -> dict[str, Any]:
    return {model["name"]: model for model in service.client.get("/models").json()}


def kinds(service: Service) -> set[str]:
    return {model["kind"] for model in states(service).values()}


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_sound_model_is_served_beside_any_other(spoiled: Service) -> None:
    found = states(spoiled)
    assert found.pop("sound")["kind"] == "function"
    assert {name: (model["kind"], model["reason"]) for name, model in found.items()} == REASONS
    assert spoiled.client.get("/health/ready").status_code == 200
    assert spoiled.client.get("/functions/sound/evaluate?x=1").status_code == 200


def test_unusable_models_take_little_memory_and_hold_nobody_up(watched: tuple[Service, Watch]) -> None:
    watched[1].require_sound()


@pytest.mark.parametrize(("name", "state", "reason"), [(name, *told) for name, told in REASONS.items()])
def test_the_state_and_the_reason_are_told_everywhere(spoiled: Service, name: str, state: str, reason: str) -> None:
    status = 409 if state == "refused" else 503
    answer = spoiled.client.get(f"/v2/models/{name}/ready")
    assert (answer.status_code, answer.json()) == (status, {"error": f"{name} version 1: {reason}"})
    answer = spoiled.client.get(f"/functions/{name}/evaluate?x=1")
    assert (answer.status_code, answer.json()) == (status, {"detail": f"{name} version 1: {reason}"})
    metrics = spoiled.client.get("/metrics").text.splitlines()
    assert f'derivable_model_state{{model="{name}",state="{state}"}} 1.0' in metrics
    assert f'derivable_model_state{{model="{name}",state="served"}} 0.0' in metrics


def test_what_comes_back_is_served(spoiled: Service) -> None:
    """After a pause that has grown, and without anyone asking for it."""
    (away,) = AWAY
    away.rename(away.with_name("artifacts"))
    until(lambda: states(spoiled)["missing"]["kind"] == "function", 60)
    assert spoiled.client.get("/functions/missing/evaluate?x=1").status_code == 200


def test_a_version_made_anew_under_its_number_is_another(store: str) -> None:
    """The old weights never answer under the new name, as champion or where it is named."""
    client, x = MlflowClient(), np.zeros(1)
    fit("f", 0.5, seed=0)
    fit("f", 0.6, seed=1)
    catalog = Catalog(store, "champion")
    catalog.refresh()
    first, second = catalog.function("f")(x, [0]), answered(catalog, 2)
    for number in ("2", "1"):
        client.delete_model_version("f", number)
    client.delete_registered_model("f")
    time.sleep(0.01)  # a version is made anew in another millisecond
    fit("f", 0.5, seed=2)
    fit("f", 0.6, seed=3)
    catalog.refresh()
    assert catalog.function("f")(x, [0]) not in (first, second)
    assert answered(catalog, 2) not in (first, second)
    assert answered(catalog, 1) == catalog.function("f")(x, [0])


def answered(catalog: Catalog, version: int) -> Any:
    model = find(catalog, "f", version=version)
    assert isinstance(model, Function)
    return model(np.zeros(1), [0])


def test_versions_that_are_not_there_let_none_go(store: str) -> None:
    for seed in range(3):
        fit("f", 0.5 + seed, seed=seed)
    catalog = Catalog(store, "champion", max_versions=2)
    catalog.refresh()
    kept = find(catalog, "f", version=2), find(catalog, "f", version=3)
    for number in range(10, 20):
        with pytest.raises(UnknownModel, match="f has no version"):
            find(catalog, "f", version=number)
    assert (find(catalog, "f", version=2), find(catalog, "f", version=3)) == kept


def test_a_restored_copy_of_the_store_is_seen(
    tmp_path: Path, empty_database: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the place of the file that the service has read."""
    shutil.copy(empty_database, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    add_function("f", 1)
    with sqlite3.connect("mlflow.db") as now, sqlite3.connect("copy.db") as copy:
        now.backup(copy)
    add_function("f", 2)
    with serving(tmp_path, environment | {"PYTHONPATH": str(ROOT)}, "--refresh_seconds=0.3") as service:
        assert states(service)["f"]["version"] == 2
        Path("copy.db").replace("mlflow.db")
        until(lambda: states(service)["f"]["version"] == 1)
        assert service.client.get("/functions/f/evaluate?x=1&version=2").status_code == 404
