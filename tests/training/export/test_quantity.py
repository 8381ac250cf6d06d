"""A champion is replaced only by a fit of the same quantity."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest

from tests.support.metadata import METADATA
from training.export.function_model import Registered, promote
from training.export.quantity import file_source, mismatch
from training.fit import fit
from training.regression.config import FitConfig

COLUMNS = {"x": "t", "y": "temp"}
DATA = METADATA | {"target": "sensors.csv", "errors": {"d0": 0.1, "max_error": 1.0}}
PICTURES = {"kind": "classifier", "dataset": "shapes", "classes": ["a", "b"], "shape": [8, 8], "test_accuracy": 0.9}


def of_file(tmp_path: Path, folder: str, content: str) -> dict[str, Any]:
    return DATA | {"source": COLUMNS | file_source(tmp_path / folder / "sensors.csv", content)}


@pytest.mark.parametrize(
    ("new", "champion", "reason"),
    [
        (DATA | {"source": COLUMNS}, DATA | {"source": COLUMNS}, ""),
        (DATA | {"source": COLUMNS | {"y": "press"}}, DATA | {"source": COLUMNS}, "y_column temp, not press"),
        (DATA | {"source": COLUMNS | {"x": "depth"}}, DATA | {"source": COLUMNS}, "x_column t, not depth"),
        (DATA | {"source": COLUMNS}, DATA, "does not say which data"),
        (DATA | {"source": COLUMNS, "domain": [-5.0, 9.0]}, DATA | {"source": COLUMNS}, ""),
        (DATA | {"source": COLUMNS, "domain": [-4.0, 9.0]}, DATA | {"source": COLUMNS}, "has domain"),
        (METADATA | {"domain": [-5.0, 9.0]}, METADATA, "has domain"),
        (METADATA | {"target": "psi_3"}, METADATA, "the champion has target gaussian, not psi_3"),
        (METADATA, PICTURES, "the champion is a classifier, not a function"),
        (PICTURES, METADATA, "the champion is a function, not a classifier"),
        (PICTURES, {}, "the champion is a model of another origin, not a classifier"),
        (PICTURES | {"classes": ["b", "a"]}, PICTURES, "the champion has classes"),
        (PICTURES | {"shape": [9, 9]}, PICTURES, "the champion has shape"),
        (PICTURES | {"source": {"path": "/a", "digest": "1"}}, PICTURES, "does not say which data"),
        (DATA | {"source": COLUMNS, "errors": {"d0": 1.0, "d1": 1.0}}, DATA | {"source": COLUMNS}, "another way"),
    ],
)
def test_what_is_not_the_same_is_named(new: dict[str, Any], champion: dict[str, Any], reason: str) -> None:
    found = mismatch(new, champion)
    assert reason in found
    assert bool(found) == bool(reason)


def test_a_file_is_known_by_its_path_or_by_its_content(tmp_path: Path) -> None:
    champion = of_file(tmp_path, "a", "1")
    assert not mismatch(of_file(tmp_path, "a", "2"), champion), "it has grown"
    assert not mismatch(of_file(tmp_path, "b", "1"), champion), "it was moved"
    assert "the champion is of" in mismatch(of_file(tmp_path, "b", "2"), champion)


def save(path: Path, high: float, scale: float) -> Path:
    path.parent.mkdir(exist_ok=True)
    x = np.arange(0, high, 0.05)
    np.savetxt(path, np.column_stack([x, scale * np.sin(x), scale + x**2]), delimiter=",", header="x,y,z", comments="")
    return path


def registered(path: Path, **changes: Any) -> Registered:
    found = fit(FitConfig.model_validate({"data": path, "hidden": "30", "max_order": 1} | changes)).registered
    assert found is not None
    return found


def test_the_fits_of_files(store: str, tmp_path: Path) -> None:
    first = registered(save(tmp_path / "a" / "data.csv", 3, 24))
    other = registered(tmp_path / "a" / "data.csv", y_column="z")
    assert [(one.name, one.version, one.champion) for one in (first, other)] == [("data", 1, True), ("data_z", 1, True)]
    elsewhere = registered(save(tmp_path / "b" / "data.csv", 3, 1_214))
    assert (elsewhere.name, elsewhere.champion) == ("data", False)
    assert elsewhere.reason == f"the champion is of {tmp_path}/a/data.csv, not of {tmp_path}/b/data.csv"
    assert "register_as=NAME" in str(elsewhere)
    run = mlflow.search_runs(output_format="list")[0]
    assert run.data.tags["registered"] == str(elsewhere)
    grown = registered(save(tmp_path / "a" / "data.csv", 4, 24))
    assert "of data that have grown" in grown.reason


def test_always_says_what_it_replaces(store: str) -> None:
    client = mlflow.MlflowClient()
    client.create_registered_model("f")
    for _ in range(2):
        client.create_model_version("f", "nowhere")
    new = PICTURES | {"classes": ["c", "d"]}
    found = promote(1, "f", "always", new, lambda *_: (False, ""), "")
    assert (found.champion, found.reason) == (True, "the first of its name")
    assert not promote(2, "f", "always", new, lambda *_: (True, ""), "its graph's d0 is off").champion
    assert int(client.get_model_version_by_alias("f", "champion").version) == 1
