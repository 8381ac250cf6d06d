"""Clients that are slow, leave early, send garbage, or are many."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from serving.middleware.limits import TimeLimit
from tests.support.load import wait_until
from tests.support.service import Service, serving

EVALUATE = "/functions/gaussian/evaluate"
HEAD = f"POST {EVALUATE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "


@pytest.fixture(scope="module")
def limited(
    project: Path, environment: dict[str, str], main_job: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service that gives a request a second, and answers three at a time."""
    own = environment | {
        "PYTHONPATH": str(project),
        "DERIVABLE_TRACKING_URI": f"sqlite:///{project}/mlflow.db",
        "DERIVABLE_MAX_REQUESTS": "3",
        "DERIVABLE_MAX_SECONDS": "1",
    }
    with serving(tmp_path_factory.mktemp("limited"), own) as running:
        yield running


def connect(service: Service) -> socket.socket:
    address = urlsplit(service.url)
    assert address.hostname
    assert address.port
    return socket.create_connection((address.hostname, address.port), timeout=10)


def begin(connection: socket.socket, length: int = 100) -> None:
    connection.sendall(f"{HEAD}{length}\r\n\r\n".encode() + b'{"x": ')


def test_a_body_that_does_not_arrive_in_time(limited: Service) -> None:
    with connect(limited) as connection:
        begin(connection)
        assert connection.recv(4_096).startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_is_not_found_in_time() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await asyncio.sleep(10)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(TimeLimit(slow, 0.1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(EVALUATE, content=b"{}")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()) == (504, {"detail": "the answer was not found within 0.1 s"})


def test_as_many_requests_as_are_allowed(limited: Service) -> None:
    connections = [connect(limited) for _ in range(3)]
    for connection in connections:
        begin(connection)
    time.sleep(0.3)
    refused = limited.client.get("/models")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json() == {"detail": "3 requests are being answered"}
    assert limited.client.get("/health/live").status_code == 200
    for connection in connections:
        connection.close()
    deadline = time.monotonic() + 5
    while limited.client.get("/models").status_code != 200:
        assert time.monotonic() < deadline, "who went away still counts"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\x16\x03\x01",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_garbage_is_a_bad_request(service: Service, garbage: bytes) -> None:
    with connect(service) as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4_096)[:12] in (b"HTTP/1.1 400", b"")
    assert service.client.get("/health/live").status_code == 200


def test_clients_that_leave_early(service: Service) -> None:
    for part in (0, 10, 60):
        for _ in range(20):
            with connect(service) as connection:
                begin(connection, 7 if part == 60 else 100)
                connection.sendall(b" " * part)
    assert service.client.get(EVALUATE, params={"x": 1}).status_code == 200
    assert "Traceback" not in service.log.read_text()


def test_a_thousand_connections_at_once(service: Service) -> None:
    body = json.dumps({"x": [0.5]}).encode()
    connections = [connect(service) for _ in range(1_000)]
    for connection in connections:
        connection.sendall(f"{HEAD}{len(body)}\r\n\r\n".encode() + body)
    answers = [connection.recv(4_096) for connection in connections]
    for connection in connections:
        connection.close()
    assert {answer[:12] for answer in answers} == {b"HTTP/1.1 200"}


def test_shutdown_finishes_what_it_began(project: Path, environment: dict[str, str], tmp_path: Path) -> None:
    own = environment | {"PYTHONPATH": str(project), "DERIVABLE_TRACKING_URI": f"sqlite:///{project}/mlflow.db"}
    found: list[httpx.Response] = []
    with serving(tmp_path, own) as service:
        body = b'{"x": [0.5]}'

        def slowly() -> Iterator[bytes]:
            yield body[:4]
            # This request, and the one that asks.
            wait_until(lambda: "in_progress 2.0" in service.client.get("/metrics").text, service.log)
            service.process.terminate()
            time.sleep(1)
            yield body[4:]

        headers = {"content-type": "application/json"}
        asking = threading.Thread(
            target=lambda: found.append(httpx.post(service.url + EVALUATE, content=slowly(), headers=headers))
        )
        asking.start()
        asking.join()
        assert service.process.wait(timeout=10) in (0, -15)
    assert found[0].status_code == 200
