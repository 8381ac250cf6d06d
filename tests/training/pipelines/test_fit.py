import shlex

import mlflow
import pytest

from training.errors import InvalidParameter, TrainingDiverged
from training.models.networks import count_weights
from training.pipelines.fit import fit
from training.regression.config import FitConfig

CONTENDER = ("error_d0", "error_d1", "error_d2", "parameters", "seconds")
# Of no use but this.
SMALL = FitConfig.model_validate(
    {"target": "psi_1", "points": 201, "hidden": "8,8", "epochs": 40, "batch_size": 20, "champion": "always"}
)


def test_a_fit_is_tracked_plotted_and_registered(store: str) -> None:
    result = fit(SMALL)
    client = mlflow.MlflowClient()
    run = client.get_run(result.run_id)
    assert (run.info.status, run.info.run_name) == (
        "FINISHED",
        "psi_1 adam tanh 8,8 epochs=40 batch_size=20 points=201",
    )
    assert run.data.metrics == pytest.approx(result.metrics)
    assert set(result.metrics) == {
        *("mse", "max_error", "error_d0", "error_d1", "error_d2"),
        *("seconds", "weights", "condition", "rounding", "samples"),
        *(f"{name}_{key}" for name in ("chebyshev", "spline") for key in CONTENDER),
        *(f"baseline/{name}_{key}" for name in ("chebyshev", "spline") for key in ("f", "f1", "f2")),
        *("error/f", "error/f1", "error/f2", "error/largest", "time/training_seconds"),
    }
    assert next(iter(result.metrics)).startswith("error/")
    assert result.metrics["weights"] == count_weights(result.network) == 97
    assert [m.value for m in client.get_metric_history(result.run_id, "mse")] == result.best.history
    assert len(result.best.history) == 40
    plots = [
        f"{name}.png"
        for name in ("comparison", "derivative_1", "derivative_2", "fit", "overview", "squared_difference")
    ]
    assert sorted(a.path for a in client.list_artifacts(result.run_id)) == sorted(["config.json", *plots])
    version = client.get_model_version_by_alias("psi_1", "champion")
    assert version.run_id == result.run_id
    described = run.data.tags["mlflow.note.content"]
    assert described == version.description
    assert described.startswith("**psi\\_1 on \\[-5, 5\\]: 8,8 units, 97 weights, ")
    assert f"error: f {result.metrics['error/f']:.2g}, " in described.replace("errors", "error")
    assert all(f"- {warning}" in described.replace("\\", "") for warning in result.warnings)
    command = described.rpartition("\n    ")[2]
    assert FitConfig.parse(shlex.split(command)[3:]) == SMALL
    assert mlflow.active_run() is None


def test_the_fit_is_good(store: str) -> None:
    metrics = fit(FitConfig(points=1_001, batch_size=20, epochs=40)).metrics
    assert metrics["mse"] < 1e-5
    assert metrics["error_d0"] < 0.03
    assert metrics["error_d1"] < 0.1
    assert metrics["error_d2"] < 0.4


def test_the_same_fit_again_is_the_same_to_the_bit(store: str) -> None:
    first, second = (
        {key: value for key, value in fit(SMALL).metrics.items() if "seconds" not in key} for _ in range(2)
    )
    assert first == second


def test_of_several_runs_the_best_is_registered_and_all_are_told(store: str) -> None:
    result = fit(SMALL.model_copy(update={"runs": 3, "seed": 5, "epochs": 5}))
    run = mlflow.MlflowClient().get_run(result.run_id)
    table = mlflow.load_table("members.json", run_ids=[result.run_id])
    assert table["seed"].tolist() == [5, 6, 7]
    errors = [each.mse for each in result.members]
    assert table["mse"].tolist() == pytest.approx(errors, rel=1e-8)
    assert run.data.metrics["mse"] == pytest.approx(min(errors), rel=0.2)
    assert run.data.metrics["mse_median"] == sorted(errors)[1]
    assert run.data.metrics["diverged"] == 0
    alone = fit(SMALL.model_copy(update={"seed": result.best.seed, "epochs": 5}))
    assert alone.metrics["error_d2"] == pytest.approx(result.metrics["error_d2"], rel=1e-6)
    assert "members.png" in [a.path for a in mlflow.MlflowClient().list_artifacts(result.run_id)]


def test_not_registered_where_not_asked_for(store: str) -> None:
    assert fit(SMALL.model_copy(update={"register_as": "none", "epochs": 1})).registered is None
    assert mlflow.MlflowClient().search_registered_models() == []


def test_a_target_that_vanishes_starts_no_run(store: str) -> None:
    with pytest.raises(
        InvalidParameter, match=r"target: gaussian is 0 at every sample on \[100, 101\]: nothing to fit"
    ):
        fit(FitConfig(domain=(100.0, 101.0)))
    assert mlflow.MlflowClient().search_runs(["0"]) == []


def test_a_diverged_fit_is_a_failed_run_and_registers_nothing(store: str) -> None:
    with pytest.raises(TrainingDiverged, match="the loss became"):
        fit(SMALL.model_copy(update={"optimizer": "sgd", "learning_rate": 1e300}))
    (run,) = mlflow.MlflowClient().search_runs(["0"])
    assert run.info.status == "FAILED"
    assert run.data.tags["failure"].startswith("the loss became")
    assert mlflow.MlflowClient().search_registered_models() == []
