"""Classifiers, from the pictures to the registry."""

from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from tests.support.pictures import DATA, digits, needs_data, write_folder
from training.classification.config import ClassifyConfig
from training.errors import InvalidParameter, TrainingDiverged
from training.pipelines.classify import Classification, classify
from training.tracking.metric_names import grouped

# STUDY: λ, training accuracy and test accuracy in %.
MNIST = [(0, 96.906667, 96.04), (3, 92.228333, 92.28), (1, 95.041667, 94.57), (0.1, 96.746667, 95.96)]
CATS = [
    (0, 99.521531, 70),
    (10, 99.043062, 72),
    (30, 99.043062, 76),
    (50, 99.043062, 78),
    (100, 97.607656, 76),
    (1000, 65.550239, 34),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scikit-learn's digits, as files."""
    made, pictures = tmp_path_factory.mktemp("pictures"), digits(500, 200)
    for part in ("train", "test"):
        write_folder(made / "digits" / part, getattr(pictures, part), pictures.classes)
    return made / "digits"


def config(folder: Path, **changes: Any) -> ClassifyConfig:
    given = {"dataset": "pictures", "data_dir": folder, "hidden": "20", "epochs": 15, "l2_lambda": "0,0.3"}
    return ClassifyConfig.model_validate(given | {"learning_rate": 0.1, "learning_curve": False} | changes)


def runs(result: Classification) -> dict[str, Run]:
    """The runs below that of all, by name."""
    found = MlflowClient().search_runs(["0"], f"tags.mlflow.parentRunId = '{result.run_id}'")
    return {run.info.run_name: run for run in found}


def artifacts(run_id: str) -> list[str]:
    return sorted(artifact.path for artifact in MlflowClient().list_artifacts(run_id))


def table(result: Classification) -> list[tuple[float, float, float]]:
    """λ and the accuracies in %."""
    return [(one.l2_lambda, 100 * one.train.accuracy, 100 * one.test.accuracy) for one in result.trained]


@needs_data
def test_the_cats_come_out_digit_for_digit(store: str) -> None:
    result = classify(ClassifyConfig(dataset="cats", data_dir=DATA, learning_curve=False))
    assert table(result) == [(strength, *(pytest.approx(value, abs=5e-7) for value in row)) for strength, *row in CATS]
    assert result.best.l2_lambda == 50
    assert "work on the variance first" in result.diagnosis
    assert "row 17 = row 146" in MlflowClient().get_run(result.run_id).data.tags["duplicates"]


@needs_data
def test_mnist_comes_out_within_two_hundredths_of_a_point(store: str) -> None:
    result = classify(ClassifyConfig(dataset="mnist", data_dir=DATA))
    assert table(result) == [(strength, *(pytest.approx(value, abs=0.02) for value in row)) for strength, *row in MNIST]
    assert result.best.l2_lambda == 0
    assert "work on the bias first" in result.diagnosis


def test_each_lambda_is_a_run_below_one_of_all(store: str, folder: Path) -> None:
    result = classify(config(folder, learning_curve=True))
    children = runs(result)
    assert set(children) == {"λ = 0", "λ = 0.3"}
    for one in result.trained:
        run = children[f"λ = {one.l2_lambda:g}"]
        assert run.info.status == "FINISHED"
        assert (run.data.params["l2_lambda"], run.data.params["hidden"]) == (str(one.l2_lambda), "20")
        assert run.data.metrics == pytest.approx(grouped(one.metrics) | {"cost": one.costs[-1]})
        assert [m.value for m in MlflowClient().get_metric_history(run.info.run_id, "cost")] == one.costs
        assert run.data.tags["work_on_first"] == one.diagnosis.first
        described = run.data.tags[MLFLOW_RUN_NOTE]
        assert f"λ = {one.l2_lambda:<6g} training {100 * one.train.accuracy:.2f}" in described
        assert "--dataset=" in described
        assert artifacts(run.info.run_id) == [
            *("calibration.png", "config.json", "confusion.png", "mistakes.png", "weights.png")
        ]
    parent = MlflowClient().get_run(result.run_id)
    assert parent.info.run_name == "digits sgd relu 20 λ=0,0.3 epochs=15 learning_rate=0.1"
    assert parent.data.metrics["test_accuracy"] == result.best.test.accuracy > 0.7
    assert parent.data.metrics["best_lambda"] == result.best.l2_lambda
    assert parent.data.tags["diagnosis"] == result.diagnosis
    assert artifacts(result.run_id) == [
        *("accuracy.json", "accuracy_against_lambda.png", "config.json", "learning_curve.json", "learning_curve.png")
    ]
    assert result.findings.curve
    assert parent.data.tags["more_pictures"] == result.findings.curve.sentence
    logged = mlflow.load_table("accuracy.json", run_ids=[result.run_id])
    assert logged["l2_lambda"].tolist() == pytest.approx([0, 0.3])
    version = MlflowClient().get_model_version_by_alias("digits", "champion")
    assert version.run_id == result.run_id


def test_the_child_s_command_repeats_it_alone(store: str, folder: Path) -> None:
    whole = classify(config(folder, register_as="none"))
    command = runs(whole)["λ = 0.3"].data.tags["repeat"].split()
    assert command[:3] == ["python", "-m", "training.classify"]
    alone = classify(ClassifyConfig.parse(command[3:]))
    assert [one.l2_lambda for one in alone.trained] == [0.3]
    assert alone.best.costs == pytest.approx(whole.trained[1].costs)


def test_a_search_sees_the_test_pictures_once(store: str, folder: Path) -> None:
    result = classify(config(folder, search=True, l2_lambda="0,0.3,1000", validation=0.5))
    candidates = {name: run for name, run in runs(result).items() if name.endswith("a candidate")}
    assert len(candidates) == 3
    for run in candidates.values():
        assert {"train_accuracy", "validation_accuracy", "validation_loss"} <= set(run.data.metrics)
        assert "test_accuracy" not in run.data.metrics
        assert "a candidate for λ, judged on" in run.data.tags[MLFLOW_RUN_NOTE]
    best = min(result.candidates, key=lambda one: one.validation_loss)
    assert best.l2_lambda < 1000
    assert [one.l2_lambda for one in result.trained] == [best.l2_lambda]
    assert runs(result)[f"λ = {best.l2_lambda:g}"].data.metrics["test_accuracy"] == result.best.test.accuracy
    assert {"accuracy.json", "search.json"} <= set(artifacts(result.run_id))


def test_a_lambda_that_diverges_is_a_failed_run_below_one_that_is_finished(store: str, folder: Path) -> None:
    result = classify(config(folder, l2_lambda="0.3,1e9", register_as="none"))
    assert [one.l2_lambda for one in result.trained] == [0.3]
    failed = runs(result)["λ = 1e+09"]
    assert failed.info.status == "FAILED"
    assert failed.data.tags["failure"] == "the cost was no longer finite: try a learning_rate below 0.1"
    assert MlflowClient().get_run(result.run_id).info.status == "FINISHED"


def test_where_all_diverge_the_run_is_failed_and_nothing_is_registered(store: str, folder: Path) -> None:
    with pytest.raises(TrainingDiverged, match="the cost became"):
        classify(config(folder, l2_lambda="1e9"))
    (run,) = MlflowClient().search_runs(["0"])
    assert run.info.status == "FAILED"
    assert MlflowClient().search_registered_models() == []


def test_only_a_better_one_becomes_the_champion(store: str, folder: Path) -> None:
    good, worse = (classify(config(folder, epochs=epochs, l2_lambda="0")) for epochs in (15, 1))
    assert good.registered
    assert worse.registered
    assert (good.registered.champion, worse.registered.champion) == (True, False)
    assert worse.registered.reason.startswith("test accuracy ")


def test_pictures_that_are_missing_start_no_run(store: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"get train_catvnoncat\.h5 and put it into"):
        classify(ClassifyConfig(dataset="cats", data_dir=tmp_path))
    assert MlflowClient().search_runs(["0"]) == []
