"""`network=features`, from the pictures to what is served."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import torch
from mlflow import MlflowClient

from serving.models.classifiers import load
from serving.models.logged_model import Version
from tests.support.pictures import DATA, digits, needs_data, write_folder
from training.classification.config import ClassifyConfig
from training.classification.pictures import PictureSet
from training.errors import InvalidParameter
from training.pipelines.classify import Classification, classify

VERSION = Version("pairs", 1, "champion", "r")


@pytest.fixture(scope="module")
def pictures() -> PictureSet:
    return digits(40, 20, classes=2)


@pytest.fixture
def folder(tmp_path: Path, pictures: PictureSet) -> Path:
    for part in ("train", "test"):
        write_folder(tmp_path / "pairs" / part, getattr(pictures, part), pictures.classes)
    return tmp_path / "pairs"


def config(folder: Path, **changes: Any) -> ClassifyConfig:
    given = {"dataset": "pictures", "data_dir": folder, "network": "features", "l2_lambda": "0,10,100000"}
    return ClassifyConfig.model_validate(
        given | {"epochs": 60, "learning_rate": 0.003, "learning_curve": False} | changes
    )


def metrics(result: Classification, name: str) -> dict[str, float]:
    (run,) = MlflowClient().search_runs(["0"], f"tags.mlflow.parentRunId = '{result.run_id}' and run_name = '{name}'")
    found: dict[str, float] = run.data.metrics
    return found


def test_from_a_folder_to_the_service(store: str, folder: Path) -> None:
    result = classify(config(folder))
    assert [one.l2_lambda for one in result.trained] == [0, 10, 100_000]
    assert result.best.l2_lambda == result.chosen != 100_000
    assert result.best.test.accuracy > 0.9
    assert MlflowClient().get_run(result.run_id).info.run_name.startswith("pairs features λ=0,10,100000 epochs=60")
    logged = metrics(result, f"λ = {result.chosen:g}")
    assert logged["temperature"] == result.best.temperature
    assert logged["calibration_error"] == result.best.test.calibration_error
    assert metrics(result, "λ = 100000, a candidate")["validation_accuracy"] < 0.9

    served = load(Path(mlflow.artifacts.download_artifacts("models:/pairs@champion")), VERSION)
    said = served.metadata
    assert (said.shape, said.given, said.network, said.any_size) == ((8, 8), (8, 8, 3), "features", True)
    assert (said.temperature, said.l2_lambda) == (result.best.temperature, result.chosen)
    test = result.best.test
    answer = served(test.pictures.pixels)
    np.testing.assert_allclose(answer.probabilities, test.probabilities, atol=1e-5)
    with torch.inference_mode():
        network = result.best.network
        of_torch = network(torch.from_numpy(network.given(test.pictures.pixels)))
    for found, truth in zip(answer, of_torch, strict=True):
        assert found is not None
        np.testing.assert_allclose(found, truth, atol=1e-5 * max(1.0, float(truth.abs().max())))
    assert said.novelty_threshold is not None
    assert answer.novelty is not None
    assert (answer.novelty <= said.novelty_threshold).mean() > 0.8
    noise = served(np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)).novelty
    assert noise is not None
    assert (noise > said.novelty_threshold).all()


def test_what_its_network_does_not_have_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidParameter, match="augment: network=features has none: features are computed once"):
        config(folder, augment=True)


@pytest.fixture(scope="module")
def cats(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Classification]:
    with pytest.MonkeyPatch.context() as patch:
        made = tmp_path_factory.mktemp("cats")
        (made / "mlflow.db").write_bytes(empty_database.read_bytes())
        patch.chdir(made)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{made}/mlflow.db")
        patch.setenv("XDG_CACHE_HOME", str(made))
        given = {"dataset": "cats", "network": "features", "data_dir": DATA, "register_as": "none"}
        yield classify(ClassifyConfig.model_validate(given | {"l2_lambda": "10,100000", "learning_curve": False}))


@needs_data
def test_the_cats_are_told_from_the_rest(cats: Classification) -> None:
    """With the λ that training pictures have chosen; and L2 can be too much."""
    assert cats.best.test.accuracy >= 0.98
    chosen = next(one for one in cats.candidates if one.l2_lambda == cats.chosen)
    assert chosen.validation_accuracy >= 0.98
    assert cats.best.test.calibration_error < 0.05
    assert {one.l2_lambda: one.test.accuracy for one in cats.trained}[100_000] < 0.8
