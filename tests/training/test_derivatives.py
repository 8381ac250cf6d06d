import csv
import re
import shlex
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from training import derivatives as module
from training.derivatives import derivatives, main
from training.differentiation import study_networks
from training.differentiation.config import DerivativesConfig
from training.differentiation.finite_differences import FORMULAS, errors
from training.differentiation.study_networks import StudyNetwork
from training.errors import InvalidParameter
from training.models.networks import evaluate
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.targets.domain import Domain

SMALL = ["--points=201", "--epochs=2", "--hidden=8", "--steps=1e-6,1,7"]
REFUSED = [
    ("--steps=1,2", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH and COUNT from 2 to 1,000, not '1,2'"),
    ("--steps=0,1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=1,0.1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=0.1,inf,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=nan,1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=0.1,1,1", "steps: .* COUNT from 2 to 1,000"),
    ("--steps=0.1,1,2.5", "steps: .* COUNT from 2 to 1,000"),
    ("--steps=0.1,1,1001", "steps: .* COUNT from 2 to 1,000"),
    ("--steps=a,1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--step=0", "step: Input should be greater than 0, not '0'"),
    ("--step=nan", "step: Input should be"),
    ("--figures=all", "figures: Input should be 'own' or 'study', not 'all'"),
    ("--data=a.csv", "target: missing; derivatives are compared with those of the function behind the data"),
    ("--register_as=a/b", "register_as: String should match pattern"),
]
REFUSED_OF_THE_STUDY = [
    ("--hidden=40,40", "hidden, epochs, batch_size: figures=study has its own; leave them out"),
    ("--epochs=3", "hidden, epochs, batch_size: figures=study has its own"),
    ("--batch_size=3", "hidden, epochs, batch_size: figures=study has its own"),
    ("--optimizer=varpro", "preset, optimizer: figures=study trains with adam or sgd only"),
    ("--preset=precise", "preset, optimizer: figures=study trains with adam or sgd only"),
    ("--register_as=mine", "register_as: figures=study registers nothing, not 'mine'"),
]
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


@pytest.mark.parametrize(("argument", "message"), REFUSED, ids=[argument for argument, _ in REFUSED])
def test_what_is_not_allowed_is_named_in_one_line(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message) as raised:
        DerivativesConfig.parse([argument])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("argument", "message"), REFUSED_OF_THE_STUDY)
def test_the_study_s_networks_are_its_own(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        DerivativesConfig.parse(["--figures=study", argument])


@pytest.mark.parametrize(("arguments", "message"), TOO_LARGE)
def test_a_step_that_leaves_the_domain_starts_no_run(store: str, arguments: list[str], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        derivatives(DerivativesConfig.parse(arguments))
    assert mlflow.MlflowClient().search_runs(["0"]) == []


def test_the_defaults_are_those_of_a_fit_that_is_not_registered() -> None:
    ours, fits = DerivativesConfig(), FitConfig(register_as="none")
    assert list(type(ours).model_fields) == [*type(fits).model_fields, "figures", "step", "steps"]
    assert {name: getattr(ours, name) for name in type(fits).model_fields} == fits.model_dump()


def resolve(config: DerivativesConfig) -> DerivativesConfig:
    return config.resolved(sample(config))


def test_the_steps_follow_from_the_samples() -> None:
    resolved = resolve(DerivativesConfig(points=101, domain=Domain(0.0, 2.0)))
    assert resolved.step == pytest.approx(0.02)
    assert resolved.steps == pytest.approx((2e-13, 0.2, 49))
    given = DerivativesConfig.parse(["--step=0.5", "--steps=0.1,1,5"])
    assert resolve(given) == given
    assert DerivativesConfig.parse(resolved.as_arguments()) == resolved


def test_the_steps_follow_from_data_with_a_known_function(tmp_path: Path) -> None:
    lines = [f"{x},{x**2}" for x in np.linspace(0, 4, 41)]
    (tmp_path / "squares.csv").write_text("\n".join(["x,y", *lines]))
    resolved = resolve(DerivativesConfig(data=tmp_path / "squares.csv", target="x**2"))
    assert resolved.step == pytest.approx(0.1)


def test_the_study_s_defaults_are_its_library_s() -> None:
    study = DerivativesConfig.parse(["--figures=study"])
    assert (study.preset, study.activation, study.learning_rate, study.dtype) == ("study", "relu", 1e-3, "float32")
    own = DerivativesConfig.parse(["--figures=study", "--preset=standard", "--dtype=float64"])
    assert (own.activation, own.dtype) == ("tanh", "float64")


def test_the_study_s_networks_and_figures() -> None:
    assert [(n.units, n.epochs, n.batch_size) for n in study_networks.STUDY] == [
        *((30, 15, 100), (200, 100, 100)),
        *((300, 100, 100), (500, 20, 50)),
    ]
    numbers = [*study_networks._FUNCTION_FIGURES, *(number for n in study_networks.STUDY for number in n.figures)]
    assert numbers == list(range(42, 51))


def test_one_fit_has_its_figures_and_errors_in_its_own_run(
    store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = derivatives(config := DerivativesConfig.parse([*SMALL, "--step=0.1"]))
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
    assert DerivativesConfig.parse(arguments) == result.config == resolve(config)
    assert (run.data.params["step"], run.data.params["steps"]) == ("0.1", "1e-06,1.0,7")
    # And the command what was found.
    monkeypatch.setattr(module, "derivatives", {result.config: result}.__getitem__)
    main(arguments)
    told = capsys.readouterr().out
    assert told.startswith("relative L2 errors of the derivatives of gaussian on [-5, 5]\n8 f': exact ")
    number = r"[\d.e+-]+"
    line = rf"finite differences {number} at step 0.1, {number} at the best step {number} "
    assert re.search(rf"\n8 f'': exact {number}, {line}\(float64\)\n", told)
    assert re.search(rf"\nfunction f': {line}\(float64\)\n", told)


def test_the_study_s_figures_are_one_run(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STUDY", TINY_STUDY)
    trained: list[TrainingResult] = []
    train = study_networks.best_of

    def recorded(*given: Any) -> TrainingResult:
        trained.append(train(*given))
        return trained[-1]

    monkeypatch.setattr(module, "best_of", recorded)
    result = derivatives(DerivativesConfig.parse(["--figures=study", "--points=201", "--steps=1e-6,1,4"]))
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


def test_a_mistake_is_one_line_and_an_exit_status(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="64"):
        main(["--step=9"])
    assert capsys.readouterr().err == "error: step: 9 is not less than half of the domain's 10\n"
