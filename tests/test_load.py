"""The service under load, while all around it changes and fails."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pytest

from tests.rounding import allowed
from tests.service import Service, serving
from tests.support.descriptions import function
from tests.training.models.test_networks import network
from training.export.function_model import register
from training.models.networks import evaluate

SECONDS = 30
X = np.linspace(-5, 5, 200)
BODY = {"x": X.tolist(), "orders": [0, 1, 2]}
INPUT = {"name": "x", "shape": [200], "datatype": "FP64", "data": X.tolist()}

Values = dict[int, np.ndarray]


@contextmanager
def tracking_server(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """MLflow's server, with its store in the folder."""
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "kept")]
    with (folder / "mlflow.log").open("a") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/health"), folder / "mlflow.log")
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(condition: Callable[[], bool], log: Path) -> None:
    """Three minutes at most, then tell the log: what starts beside the clients has little of the processor."""
    deadline = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def register_versions(uri: str, patch: pytest.MonkeyPatch) -> Values:
    """Two versions of a function; what each answers, (3, 200), by number."""
    patch.setenv("MLFLOW_TRACKING_URI", uri)
    for seed in (1, 2):
        with mlflow.start_run():
            register(network((30, 30), seed=seed), "f", 2, function(), [0.0], "always")
    return {seed: np.array(evaluate(network((30, 30), seed=seed), X, 2)) for seed in (1, 2)}


def by_post(client: httpx.Client) -> tuple[int, Any]:
    content = client.post("/functions/f/evaluate", json=BODY).raise_for_status().json()
    return content["model"]["version"], list(content["derivatives"].values())


def by_get(client: httpx.Client) -> tuple[int, Any]:
    query: dict[str, str | list[int]] = {"linspace": "-5,5,200", "order": [0, 1, 2]}
    content = client.get("/functions/f/evaluate", params=query).raise_for_status().json()
    return content["model"]["version"], list(content["derivatives"].values())


def by_protocol(client: httpx.Client) -> tuple[int, Any]:
    content = client.post("/v2/models/f/infer", json={"inputs": [INPUT]}).raise_for_status().json()
    return int(content["model_version"]), [output["data"] for output in content["outputs"]]


def load(service: Service, ask: Callable[[httpx.Client], tuple[int, Any]], truth: Values, seen: Counter[Any]) -> None:
    """Ask until the time is up; count what was answered by version, and what was wrong."""
    end = time.monotonic() + SECONDS
    with httpx.Client(base_url=service.url, timeout=30) as client:
        while time.monotonic() < end:
            try:
                version, values = ask(client)
                expected = np.asarray(truth[version])
                right = bool(np.all(np.abs(values - expected) <= allowed(expected, float, roundings=500)))
                seen[version if right else f"not what version {version} answers"] += 1
            except Exception as error:
                seen[repr(error)] += 1
            time.sleep(0.01)  # the tests beside this one have the other half of the machine


def test_half_a_minute_of_change_and_failure(
    empty_database: Path, environment: dict[str, str], project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The champion changes every second; the tracking server is killed, and comes back; no request notices."""
    (tmp_path / "mlflow.db").write_bytes((empty_database.parent / "mlflow.db").read_bytes())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uri = f"http://127.0.0.1:{port}"
    own = environment | {"PYTHONPATH": str(project), "MLFLOW_TRACKING_URI": uri}
    seen: Counter[Any] = Counter()
    with tracking_server(tmp_path, port):
        truth = register_versions(uri, monkeypatch)
        service_context = serving(tmp_path, own, "--refresh_seconds=0.5")
        service = service_context.__enter__()
        clients = [
            threading.Thread(target=load, args=(service, ask, truth, seen)) for ask in (by_post, by_get, by_protocol)
        ]
        for client in clients:
            client.start()
        change_champions(10)
    wait_until(lambda: staleness(service) > 3, service.log)
    assert service.client.get("/health/ready").status_code == 200
    assert any("stale_seconds" in line for line in service.log.read_text().splitlines())
    with tracking_server(tmp_path, port):
        while any(client.is_alive() for client in clients):
            change_champions(2)
        for client in clients:
            client.join()
        wait_until(lambda: staleness(service) == 0, service.log)
        service_context.__exit__(None, None, None)
    assert set(seen) == {1, 2}, seen
    assert min(seen.values()) > 100


def change_champions(seconds: int) -> None:
    for second in range(seconds):
        mlflow.MlflowClient().set_registered_model_alias("f", "champion", str(1 + second % 2))
        time.sleep(1)


def staleness(service: Service) -> float:
    lines = service.client.get("/metrics").text.splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith("derivable_registry_stale_seconds "))
    return float(value)


def resident(service: Service) -> int:
    """Memory of the service, in bytes."""
    pages = int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def ask_many(service: Service, requests: int) -> None:
    """One point in each of so many requests, a hundred on their way at a time."""
    body = json.dumps({"x": [0.5], "orders": [0, 1, 2]}).encode()
    head = "POST /functions/gaussian/evaluate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    batch = (f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body) * 100
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        for _ in range(requests // 100):
            connection.sendall(batch)
            received, rest = 0, b""
            while received < 100:
                chunk = rest + connection.recv(1 << 20)
                received += chunk.count(b"HTTP/1.1 200 OK")
                rest = chunk[-14:] if not chunk.endswith(b"}") else b""


def test_nothing_leaks(service: Service) -> None:
    ask_many(service, 10_000)
    before = resident(service)
    ask_many(service, 100_000)
    assert resident(service) < 1.05 * before
