"""The service under load, while all around it changes and fails."""

import json
import os
import socket
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

from tests.support.load import Values, by_get, by_post, by_protocol, register_versions, wait_until
from tests.support.mlflow_server import mlflow_server
from tests.support.rounding import allowed
from tests.support.service import Service, serving

# As long, at least, and until each version was served in the last part, too.
SECONDS = 30


def load(
    service: Service,
    ask: Callable[[httpx.Client], tuple[int, Any]],
    truth: Values,
    seen: Counter[Any],
    over: threading.Event,
) -> None:
    """Ask until it is over; count what was answered by version, and what was wrong."""
    with httpx.Client(base_url=service.url, timeout=30) as client:
        while not over.is_set():
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
    seen: Counter[Any] = Counter()
    with mlflow_server(tmp_path, f"sqlite:///{tmp_path}/mlflow.db") as registry:
        own = environment | {"PYTHONPATH": str(project), "MLFLOW_TRACKING_URI": registry.uri}
        truth = register_versions(registry.uri, monkeypatch)
        with serving(tmp_path, own, "--refresh_seconds=0.5") as service:
            with loaded(service, truth, seen):
                end = time.monotonic() + SECONDS
                change_champions(10)
                require_each(seen, service)
                registry.kill()
                wait_until(lambda: staleness(service) > 3, service.log)
                assert service.client.get("/health/ready").status_code == 200
                assert any("stale_seconds" in line for line in service.log.read_text().splitlines())
                registry.start()
                while time.monotonic() < end:
                    change_champions(2)
                require_each(seen, service)
            wait_until(lambda: staleness(service) == 0, service.log)
    assert set(seen) == {1, 2}, seen


@contextmanager
def loaded(service: Service, truth: Values, seen: Counter[Any]) -> Iterator[None]:
    """Three clients ask, to the end of the block, however it ends."""
    over = threading.Event()
    clients = [
        threading.Thread(target=load, args=(service, ask, truth, seen, over)) for ask in (by_post, by_get, by_protocol)
    ]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        over.set()
        for client in clients:
            client.join()


def change_champions(seconds: int) -> None:
    for second in range(seconds):
        mlflow.MlflowClient().set_registered_model_alias("f", "champion", str(1 + second % 2))
        time.sleep(1)


def require_each(seen: Counter[Any], service: Service) -> None:
    """Each version becomes champion, and is answered soon: how soon, the machine decides."""
    for version in (1, 2):
        before = seen[version]
        mlflow.MlflowClient().set_registered_model_alias("f", "champion", str(version))
        wait_until(lambda: seen[version] > before + 50, service.log)  # noqa: B023 it waits within the turn


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
