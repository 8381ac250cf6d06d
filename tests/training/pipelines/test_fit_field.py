from pathlib import Path

import mlflow
import numpy as np
import onnxruntime
import pytest

from training.fit import main
from training.models.field_network import FieldNetwork, evaluate
from training.pipelines.fit_field import FieldFit, fit_field
from training.regression.config import FitConfig
from training.targets.fields import parse

FIGURES = ["cuts.png", "maps.png", "predicted.png"]


def fitted(target: str, domain: str, **given: object) -> FieldFit:
    return fit_field(FitConfig.model_validate({"target": target, "domain": domain, "points": 800} | given))


def answers(name: str, outputs: list[str], x: np.ndarray) -> list[np.ndarray]:
    """Of the champion's graph."""
    path = mlflow.artifacts.download_artifacts(f"models:/{name}@champion")
    session = onnxruntime.InferenceSession(next(Path(path).glob("*.onnx")))
    return [np.asarray(answer) for answer in session.run(outputs, {"x": x})]


def noisy(folder: Path, samples: int = 300) -> Path:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (samples, 3))
    y = np.sin(x[:, 0] + 2 * x[:, 1]) + x[:, 2] ** 2 + rng.normal(0, 0.05, samples)
    others = x[:, 0] * x[:, 1] + rng.normal(0, 0.01, samples), y + rng.normal(0, 0.3, samples)
    rows = np.column_stack([x, y, *others])
    path = folder / "surface.csv"
    np.savetxt(path, rows, delimiter=",", header="a,b,c,u,v,w", comments="")
    return path


def test_a_function_is_tracked_drawn_and_registered_with_its_gradient_and_hessian(store: str) -> None:
    result = fitted("sin(x)*y; x*y**2", "x:-2,2; y:-1,1", register_as="twice")
    client = mlflow.MlflowClient()
    run = client.get_run(result.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == pytest.approx(dict(result.metrics))
    assert {"error_value", "error_gradient", "error_hessian", "max_error", "mse", "seconds"} <= run.data.metrics.keys()
    assert run.data.metrics["error_value"] < 1e-8
    assert run.data.params["domain"] == "x:-2,2; y:-1,1"
    assert [a.path for a in client.list_artifacts(result.run_id)] == ["config.json", *FIGURES]
    x = np.random.default_rng(1).uniform(-1, 1, (50, 2))
    served = answers("twice", ["value", "gradient", "hessian"], x)
    truths = parse("sin(x)*y; x*y**2", ("x", "y")).evaluate(x, 2)
    networks = evaluate(FieldNetwork(result.layers), x, 2)
    for order, (answer, truth, network) in enumerate(zip(served, truths, networks, strict=True)):
        np.testing.assert_allclose(answer, truth, rtol=0, atol=10.0 ** (2 * order - 7))
        np.testing.assert_allclose(answer, network, rtol=0, atol=1e-9 * np.abs(network).max())


def test_noisy_data_of_two_outputs_have_their_bands(store: str, tmp_path: Path) -> None:
    given = {"data": noisy(tmp_path), "x_column": "a,b,c", "y_column": "u,v", "register_as": "surface"}
    result = fit_field(FitConfig.model_validate(given))
    assert result.warnings == []
    assert result.metrics["error_value"] < 0.15
    assert result.metrics["error_value"] < 1.1 * result.metrics["rbf_error_value"]
    metadata = mlflow.models.get_model_info("models:/surface@champion").metadata
    assert metadata is not None
    assert (metadata["variables"], metadata["outputs"]) == (["a", "b", "c"], ["u", "v"])
    assert metadata["noise"] == pytest.approx([0.05, 0.01], rel=0.25)
    assert metadata["source"] == {"x": "a,b,c", "y": "u,v"}


def test_bands_hold_the_function_behind_noisy_data(store: str, tmp_path: Path) -> None:
    given = {"data": noisy(tmp_path), "x_column": "a,b,c", "y_column": "w", "register_as": "noisy"}
    result = fit_field(FitConfig.model_validate(given))
    assert result.best.method == "evidence"
    x = np.random.default_rng(1).uniform(-0.9, 0.9, (500, 3))
    value, deviation, gradient_deviation = answers("noisy", ["value", "deviation", "gradient_deviation"], x)
    truth = np.sin(x[:, :1] + 2 * x[:, 1:2]) + x[:, 2:] ** 2
    assert np.mean(np.abs(value - truth) < 2 * deviation) > 0.85
    assert gradient_deviation.shape == (500, 1, 3)


def test_given_partial_derivatives_are_fitted_too(store: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    y, dx, dy = np.sin(3 * x[:, 0]) * x[:, 1], 3 * np.cos(3 * x[:, 0]) * x[:, 1], np.sin(3 * x[:, 0])
    rows = np.column_stack([x, y, dx, dy]) + np.random.default_rng(1).normal(0, 0.01, (60, 5)) * [0, 0, 1, 1, 1]
    np.savetxt(tmp_path / "slopes.csv", rows, delimiter=",", header="a,b,u,du/da,du/db", comments="")
    given = {"data": tmp_path / "slopes.csv", "x_column": "a,b", "y_column": "u", "register_as": "none"}
    with_slopes, without = (
        fit_field(FitConfig.model_validate(given | {"optimizer": "evidence", "match_derivatives": order}))
        for order in (1, 0)
    )
    at = np.random.default_rng(2).uniform(-1, 1, (500, 2))
    truth = np.sin(3 * at[:, :1]) * at[:, 1:]
    errors = [np.abs(evaluate(FieldNetwork(fit.layers), at)[0] - truth).mean() for fit in (with_slopes, without)]
    assert errors[0] < errors[1] / 2
    assert with_slopes.metrics["error_gradient"] < 0.1


def test_a_fit_that_is_useless_says_so_and_serves_nobody(store: str, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(200, 3))
    np.savetxt(tmp_path / "noise.csv", rows, delimiter=",", header="a,b,c", comments="")
    given = {"data": tmp_path / "noise.csv", "x_column": "a,b", "y_column": "c"}
    result = fit_field(FitConfig.model_validate(given))
    assert any("hardly better than a constant" in warning for warning in result.warnings)
    assert result.registered is not None
    assert not result.registered.champion


def test_a_function_that_is_not_resolved_says_so(store: str) -> None:
    result = fitted("abs(x-0.3*y)", "x:-1,1; y:-1,1", register_as="none")
    assert any(warning.startswith("the function is not resolved: ") for warning in result.warnings)
    assert result.metrics["error_value"] > 1e-6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradient_descent_in_the_fused_engine(store: str, dtype: str) -> None:
    steps = {"optimizer": "adam", "hidden": "20,20", "epochs": 60, "batch_size": 20, "dtype": dtype}
    result = fitted("sin(x)*y; x*y**2", "x:-2,2; y:-1,1", register_as="by_steps", **steps)
    assert result.layers.sizes == (2, 20, 20, 2)
    history = mlflow.MlflowClient().get_metric_history(result.run_id, "mse")
    assert len(history) == 60
    assert history[-1].value < history[0].value / 10
    assert result.metrics["error_value"] < 0.1
    x = np.random.default_rng(1).uniform(-1, 1, (50, 2))
    (value,) = answers("by_steps", ["value"], x)
    np.testing.assert_allclose(value, evaluate(FieldNetwork(result.layers), x)[0], rtol=0, atol=1e-12)


def test_of_several_runs_the_best_is_registered(store: str) -> None:
    steps = {"optimizer": "adam", "hidden": "10", "epochs": 5, "runs": 3, "seed": 4}
    result = fitted("sin(x)*y", "x:-2,2; y:-1,1", register_as="best", **steps)
    members = mlflow.artifacts.load_dict(f"runs:/{result.run_id}/members.json")
    table = dict(zip(members["columns"], zip(*members["data"], strict=True), strict=True))
    assert list(table["seed"]) == [4, 5, 6]
    assert len(set(table["mse"])) == 3
    assert result.metrics["mse"] == min(table["mse"])
    run = mlflow.MlflowClient().get_run(result.run_id)
    assert run.data.metrics["mse_median"] == sorted(table["mse"])[1]


def test_one_seed_after_the_other_until_the_error_is_small_enough(store: str) -> None:
    steps = {"optimizer": "adam", "hidden": "10", "epochs": 5, "retry_until": 1e6}
    result = fitted("sin(x)*y", "x:-2,2; y:-1,1", register_as="none", **steps)
    assert len(mlflow.artifacts.load_dict(f"runs:/{result.run_id}/members.json")["data"]) == 1


def test_the_same_command_ends_with_the_same_bits(store: str) -> None:
    first, second = (fitted("cos(x+y)", "x:0,1; y:0,1", points=300, register_as="none") for _ in range(2))
    for a, b in zip(first.layers.weights, second.layers.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_command_tells_its_result(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--target=cos(x+y)", "--domain=x:0,1; y:0,1", "--points=300", "--register_as=sum"])
    told = capsys.readouterr().out
    assert "cos(x+y) on x:0,1; y:0,1: " in told
    assert "relative L2 errors: value " in told
    assert "registered as sum version 1, now the champion" in told
