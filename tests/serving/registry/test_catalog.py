import threading
from pathlib import Path

import mlflow
import numpy as np
import pytest

from serving.errors import NotReady, RefusedModel, UnknownModel
from serving.models.functions import Function
from serving.models.loading import ServedModel
from serving.models.logged_model import Version
from serving.registry.catalog import Catalog
from tests.support.catalogs import find, fit


def served(catalog: Catalog) -> dict[str, int]:
    return {model.version.name: model.version.version for model in catalog.models()}


def test_nothing_registered_yet(store: str) -> None:
    catalog = Catalog(store, "champion")
    with pytest.raises(NotReady, match="has not been read yet"):
        catalog.require_ready()
    catalog.refresh()
    with pytest.raises(NotReady, match="no registered model has the alias 'champion' yet: fit a function first"):
        catalog.require_ready()


def test_the_alias_is_followed(store: str) -> None:
    catalog = Catalog(store, "champion")
    fit("f", 0.5)
    catalog.refresh()
    assert served(catalog) == {"f": 1}
    held = catalog.function("f")
    fit("f", 0.6)
    catalog.refresh()
    assert catalog.function("f") is held
    fit("f", 0.4, seed=1)
    fit("g", 0.1)
    catalog.refresh()
    assert served(catalog) == {"f": 3, "g": 1}
    old, new = held(np.zeros(1), [0]), catalog.function("f")(np.zeros(1), [0])
    assert old[0] != new[0]
    mlflow.MlflowClient().delete_registered_model_alias("f", "champion")
    catalog.refresh()
    assert served(catalog) == {"g": 1}
    with pytest.raises(UnknownModel, match="no function 'f' is served"):
        catalog.function("f")


def test_another_alias(store: str) -> None:
    fit("f", 0.5)
    mlflow.MlflowClient().set_registered_model_alias("f", "challenger", "1")
    catalog = Catalog(store, "challenger")
    catalog.refresh()
    assert catalog.function("f").version.alias == "challenger"


def test_more_models_than_a_page_of_the_registry_holds(store: str) -> None:
    for i in range(101):
        mlflow.MlflowClient().create_registered_model(f"empty{i:03}")
    fit("z", 0.5)
    catalog = Catalog(store, "champion")
    catalog.refresh()
    assert served(catalog) == {"z": 1}


def test_a_refused_version_leaves_the_one_before_it(store: str) -> None:
    catalog = Catalog(store, "champion")
    fit("f", 0.5)
    catalog.refresh()
    fit("f", 0.1, kind="poem")
    catalog.refresh()
    assert served(catalog) == {"f": 1}


def test_why_there_is_nothing_to_serve(store: str) -> None:
    fit("f", 0.1, kind="poem")
    catalog = Catalog(store, "champion")
    catalog.refresh()
    with pytest.raises(NotReady, match=r"f version 1: its metadata do not describe a function \(see kind\)"):
        catalog.require_ready()


def test_a_refused_version_that_lost_the_alias_is_no_reason_any_more(store: str) -> None:
    fit("f", 0.1, kind="poem")
    catalog = Catalog(store, "champion")
    catalog.refresh()
    mlflow.MlflowClient().delete_registered_model_alias("f", "champion")
    catalog.refresh()
    with pytest.raises(NotReady, match="no registered model has the alias"):
        catalog.require_ready()


def test_a_registry_that_is_down_changes_nothing(store: str, tmp_path: Path) -> None:
    catalog = Catalog(store, "champion")
    fit("f", 0.5)
    catalog.refresh()
    (tmp_path / "mlflow.db").write_text("not a database")
    catalog.refresh()
    catalog.require_ready()
    assert served(catalog) == {"f": 1}


def test_a_registry_that_falls_silent_keeps_nobody_from_what_is_there(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A named version is looked at again when its model has changed: as long as that hangs, it is what it was."""
    monkeypatch.setattr("serving.registry.catalog._LOOK_SECONDS", 0.1)
    fit("f", 0.5)
    fit("f", 0.6, seed=1)
    catalog = Catalog(store, "champion")
    catalog.refresh()
    second = find(catalog, "f", version=2)
    hangs = threading.Event()
    monkeypatch.setattr(catalog._client, "version", lambda *_: hangs.wait())
    mlflow.MlflowClient().set_registered_model_alias("f", "challenger", "2")
    catalog.refresh()
    assert find(catalog, "f", version=2) is second
    hangs.set()


def test_an_alias_that_moves_faster_than_its_versions_are_loaded(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit("f", 0.5)
    fit("f", 0.6, seed=1)
    catalog = Catalog(store, "champion")
    goes_on, load = threading.Event(), catalog._client.load

    def late(version: Version) -> ServedModel:
        goes_on.wait()
        return load(version)

    monkeypatch.setattr(catalog._client, "load", late)
    tries = []
    for number in ("1", "2", "1", "2", "1"):
        mlflow.MlflowClient().set_registered_model_alias("f", "champion", number)
        catalog.look()
        tries.append(catalog._wanted["f"].trying)
    assert len(set(tries)) == 2, "what is being loaded is not loaded once more"
    goes_on.set()
    for trying in filter(None, tries):
        trying.result(30)
    assert served(catalog) == {"f": 1}
    mlflow.MlflowClient().set_registered_model_alias("f", "champion", "2")
    catalog.look()
    assert served(catalog) == {"f": 2}, "at once: it has been loaded"


def test_other_versions_are_loaded_when_they_are_named(store: str) -> None:
    fit("f", 0.5)
    fit("f", 0.6, seed=1)
    mlflow.MlflowClient().set_registered_model_alias("f", "challenger", "2")
    catalog = Catalog(store, "champion")
    catalog.refresh()
    champion = catalog.function("f")
    assert find(catalog, "f") is champion
    assert find(catalog, "f", version=1) is champion
    assert find(catalog, "f", alias="champion") is champion
    challenger, second = find(catalog, "f", alias="challenger"), find(catalog, "f", version=2)
    assert isinstance(challenger, Function)
    assert isinstance(second, Function)
    assert (challenger.version.version, challenger.version.alias) == (2, "challenger")
    assert (second.version.version, second.version.alias) == (2, None)
    x = np.zeros(1)
    assert challenger(x, [0]) == second(x, [0]) != champion(x, [0])
    assert find(catalog, "f", version=2) is second, "it is kept"
    assert find(catalog, "nope") is None
    for choice, message in (
        ({"version": 3}, "f has no version 3"),
        ({"alias": "nope"}, "no version of 'f' has the alias 'nope'"),
    ):
        with pytest.raises(UnknownModel, match=message):
            find(catalog, "f", **choice)


def test_only_so_many_other_versions_are_kept(store: str) -> None:
    for seed in range(4):
        fit("f", 0.5 + seed, seed=seed)
    catalog = Catalog(store, "champion", max_versions=2)
    catalog.refresh()
    second, third = find(catalog, "f", version=2), find(catalog, "f", version=3)
    assert find(catalog, "f", version=2) is second
    find(catalog, "f", version=4)
    assert find(catalog, "f", version=2) is second
    assert find(catalog, "f", version=3) is not third


def test_a_refused_version_is_named_with_its_reason(store: str) -> None:
    fit("f", 0.5)
    catalog = Catalog(store, "champion")
    catalog.refresh()
    fit("f", 0.1, kind="poem")
    catalog.refresh()
    (slot,) = catalog.others()
    assert (slot.name, slot.number, slot.state) == ("f", 2, "refused")
    assert slot.reason == "its metadata do not describe a function (see kind)"
    for _ in range(2):
        with pytest.raises(RefusedModel, match="f version 2: its metadata do not describe"):
            find(catalog, "f", version=2)


def test_a_request_for_what_is_refused_says_why_at_once(store: str, tmp_path: Path) -> None:
    fit("f", 0.1, kind="poem")
    catalog = Catalog(store, "champion")
    with pytest.raises(NotReady, match="has not been read yet"):
        find(catalog, "f")
    catalog.refresh()
    (tmp_path / "mlflow.db").write_text("not a database")  # none of it asks the registry
    for choice in ({}, {"version": 1}, {"alias": "champion"}):
        with pytest.raises(RefusedModel, match="f version 1: its metadata do not describe a function"):
            find(catalog, "f", **choice)


def test_no_path_is_in_a_reason(store: str) -> None:
    fit("f", 0.5)
    (Path(mlflow.artifacts.download_artifacts("models:/f@champion")) / "model.onnx").unlink()
    catalog = Catalog(store, "champion")
    catalog.refresh()
    (slot,) = catalog.others()
    reason = slot.reason
    assert "the graph does not load" in reason
    assert "/tmp" not in reason
    assert "derivable-" not in reason


def test_while_the_registry_is_down_other_versions_can_not_be_had(store: str, tmp_path: Path) -> None:
    fit("f", 0.5)
    fit("f", 0.6, seed=1)
    catalog = Catalog(store, "champion")
    catalog.refresh()
    (tmp_path / "mlflow.db").write_text("not a database")
    catalog.refresh()
    with pytest.raises(NotReady, match=r"the model registry does not answer$"):
        find(catalog, "f", version=2)
    with pytest.raises(NotReady, match=r"the model registry does not answer$"):
        catalog.versions("f")


def test_the_versions_of_a_model(store: str) -> None:
    fit("f", 0.5)
    fit("f", 0.6)
    catalog = Catalog(store, "champion")
    catalog.refresh()
    listed = catalog.versions("f")
    assert [(entry.version, entry.aliases) for entry in listed] == [(2, []), (1, ["champion"])]
    assert {entry.experiment_id for entry in listed} == {"0"}
    with pytest.raises(UnknownModel, match="no such model"):
        catalog.versions("nope")
