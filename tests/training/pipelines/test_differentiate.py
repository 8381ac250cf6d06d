import csv
import re
import shlex
from collections import Counter
from io import StringIO
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from training.differentiation import study_networks
from training.differentiation.config import DerivativesConfig
from training.differentiation.finite_differences import FORMULAS, errors
from training.differentiation.study_networks import StudyNetwork
from training.errors import InvalidParameter
from training.models.networks import evaluate
from training.pipelines import differentiate as module
from training.pipelines.differentiate import differentiate
from training.regression.result import TrainingResult
from training.regression.sampling import sample

SMALL = ["--points=201", "--epochs=2", "--hidden=8", "--steps=1e-6,1,7"]
TOO_LARGE = [
    (["--step=5"], "step: 5 is not less than half of the domain's 10"),
    (["--steps=0.1,6,3"], "steps: 6 is not less than half of the domain's 10"),
    (["--points=3"], "step: 5 is not less than half of the domain's 10"),
]
TINY_STUDY = (
    StudyNetwork(4, 2, 50, {44: 0, 45: 1, 46: 2}),
    StudyNetwork(6, 1, 50, {47: 1, 48: 2}),
)


def table(run_id: str) -> list[dict[str, str]]:
    uri = mlflow.MlflowClient().get_run(run_id).info.artifact_uri
    return list(csv.DictReader(StringIO(mlflow.artifacts.load_text(f"{uri}/derivative_errors.csv"))))


def artifacts(run_id: str) -> set[str]:
    return {a.path for a in mlflow.MlflowClient().list_artifacts(run_id)}


@pytest.mark.parametrize(("arguments", "message"), TOO_LARGE)
def test_a_step_that_leaves_the_domain_starts_no_run(store: str, arguments: list[str], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        differentiate(DerivativesConfig.parse(arguments))
    assert mlflow.MlflowClient().search_runs(["0"]) == []


def test_one_fit_has_its_figures_and_errors_in_its_own_run(store: str) -> None:
    result = differentiate(config := DerivativesConfig.parse([*SMALL, "--step=0.1"]))
    run = mlflow.MlflowClient().get_run(result.run_id)
    (of_fit,) = mlflow.MlflowClient().search_runs(["0"])
    assert (of_fit.info.run_id, run.info.status) == (result.run_id, "FINISHED")
    figures = {f"{name}_{order}.png" for name in ("function_differences", "differences") for order in FORMULAS}
    assert artifacts(result.run_id) >= {*figures, "error_against_step.png", "fit.png", "derivative_errors.csv"}
    assert run.data.metrics == pytest.approx(dict(result.metrics))
    assert mlflow.active_run() is None
    assert mlflow.MlflowClient().search_registered_models() == []
    network = result.errors["8"].comparison.network
    gaussian, steps = config.function, np.geomspace(1e-6, 1, 7)
    assert gaussian is not None
    found = errors(lambda x: evaluate(network, x, 0)[0], gaussian, result.domain, 2, steps)
    assert run.data.metrics["fd_error_d2"] == pytest.approx(found.min(), rel=1e-9)
    assert run.data.metrics["best_step_d2"] == steps[found.argmin()]
    rows = table(result.run_id)
    ours = [row for row in rows if (row["network"], row["order"], row["precision"]) == ("8", "2", "float64")]
    *finite, exact = ours
    assert [float(row["step"]) for row in finite] == steps.tolist()
    assert [float(row["error"]) for row in finite] == pytest.approx(found, rel=1e-9)
    assert (exact["method"], exact["step"]) == ("exact", "")
    assert float(exact["error"]) == pytest.approx(run.data.metrics["error_d2"])
    # The run says how to repeat it.
    python, option, name, *arguments = shlex.split(run.data.tags["repeat"])
    assert (python, option, name) == ("python", "-m", "training.derivatives")
    assert DerivativesConfig.parse(arguments) == result.config == config.resolved(sample(config, config.seed))
    assert (run.data.params["step"], run.data.params["steps"]) == ("0.1", "1e-06,1.0,7")
    # And what was found in a few lines.
    first, *lines = result.lines
    assert first == "relative L2 errors of the derivatives of gaussian on [-5, 5]"
    number = r"[\d.e+-]+"
    line = rf"finite differences {number} at step 0.1, {number} at the best step {number} \(float64\)"
    expected = [rf"8 {order}: exact {number}, {line}" for order in ("f'", "f''")]
    expected += [rf"function {order}: {line}" for order in ("f'", "f''")]
    assert all(re.fullmatch(*pair) for pair in zip(expected, lines, strict=True)), lines


def test_the_study_s_figures_are_one_run(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STUDY", TINY_STUDY)
    trained: list[TrainingResult] = []
    train = study_networks.best_of

    def recorded(*given: Any) -> TrainingResult:
        trained.append(train(*given))
        return trained[-1]

    monkeypatch.setattr(module, "best_of", recorded)
    result = differentiate(DerivativesConfig.parse(["--figures=study", "--points=201", "--steps=1e-6,1,4"]))
    (run,) = mlflow.MlflowClient().search_runs(["0"])
    assert (run.info.status, run.info.run_name) == ("FINISHED", "gaussian adam figures 42 to 50")
    figures = {f"figure_{number}.png" for number in range(42, 49)}
    others = {"config.json", "derivative_errors.csv", "error_against_step_4.png", "error_against_step_6.png"}
    assert artifacts(run.info.run_id) == figures | others
    assert [member.network.sizes for member in trained if member.network] == [[1, 4, 4, 1], [1, 6, 6, 1]]
    assert [len(member.history) for member in trained] == [2, 1]
    assert run.data.metrics == pytest.approx(dict(result.metrics))
    described = run.data.tags[MLFLOW_RUN_NOTE]
    assert described.startswith("**relative L2 errors of the derivatives of gaussian on")
    assert "path=error_against_step_6.png&" in described
    assert run.data.metrics["h6_mse"] == trained[1].mse
    assert run.data.metrics["h4_error_d2"] == 1  # piecewise linear
    assert run.data.metrics["h6_fd_error_d1"] == result.errors["6,6"].finite["fit", 1, "float32"].min()
    counts = Counter(row["network"] for row in table(run.info.run_id))
    assert counts == {"function": 2 * 2 * 4, "4,4": 2 * 2 * 4 + 3, "6,6": 2 * 2 * 4 + 3}
    assert DerivativesConfig.parse(shlex.split(run.data.tags["repeat"])[3:]) == result.config
