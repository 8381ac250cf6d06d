"""Train, register, serve, compare: the two halves agree, and so does a server that knows neither."""

import socket
import subprocess
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import jacfwd, vmap

from tests.service import serving
from training.config import FitConfig
from training.fit import Fit, fit
from training.jets import ACTIVATIONS

X = np.linspace(-5, 5, 101)


def truths(result: Fit, orders: int) -> list[np.ndarray]:
    """The derivatives of the trained network by torch.func."""

    def function(value: Tensor) -> Tensor:
        answer: Tensor = result.network(value.unsqueeze(0))[0].squeeze(0)
        return answer

    values, derivative = [], function
    for _ in range(orders):
        values.append(vmap(derivative)(torch.from_numpy(X)).detach().numpy())
        derivative = jacfwd(derivative)
    return values


def assert_same(answers: dict[int, list[float]], result: Fit) -> None:
    for order, truth in enumerate(truths(result, len(answers))):
        np.testing.assert_allclose(answers[order], truth, rtol=0, atol=1e-12 * max(1.0, np.abs(truth).max()))


def fitted(name: str) -> Fit:
    return fit(
        FitConfig.model_validate({"points": 201, "hidden": "7,6", "epochs": 2, "activation": name, "register_as": name})
    )


def test_the_service_answers_as_torch_does(
    store: str, tmp_path: Path, environment: dict[str, str], project: Path
) -> None:
    results = {name: fitted(name) for name in ACTIVATIONS}
    with serving(tmp_path, environment | {"PYTHONPATH": str(project)}) as service:
        for name, result in results.items():
            orders = list(range(5))
            body = {"x": X.tolist(), "orders": orders}
            answer = service.client.post(f"/functions/{name}/evaluate", json=body).json()
            assert answer["model"]["run_id"] == result.run_id
            assert_same({int(order): values for order, values in answer["derivatives"].items()}, result)
            warned = "piecewise linear: derivatives of order 2 and above are zero almost everywhere"
            assert answer["warnings"] == ([warned] if name == "relu" else [])


def test_mlflow_s_own_server_answers_every_order(store: str, tmp_path: Path, environment: dict[str, str]) -> None:
    result = fitted("tanh")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["mlflow", "models", "serve", "-m", "models:/tanh@champion", "--env-manager", "local", "-p", str(port)]
    own = environment | {"MLFLOW_TRACKING_URI": store}
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, env=own, stdout=log, stderr=log) as process:
        try:
            answer = _ask(f"http://127.0.0.1:{port}/invocations", process, tmp_path / "log")
        finally:
            process.terminate()
    assert set(answer["predictions"]) == {"d0", "d1", "d2", "d3", "d4"}
    assert_same({order: answer["predictions"][f"d{order}"] for order in range(5)}, result)


def _ask(url: str, process: "subprocess.Popen[bytes]", log: Path) -> dict[str, dict[str, list[float]]]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer: dict[str, dict[str, list[float]]] = httpx.post(url, json={"inputs": {"x": X.tolist()}}).json()
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return answer
    return pytest.fail(f"the server did not answer:\n{log.read_text()}")
