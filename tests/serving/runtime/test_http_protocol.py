"""Connections that never become requests, or never end."""

import gzip
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from serving.runtime.http_protocol import CONNECTIONS, HEAD_BYTES, HEAD_SECONDS
from tests.support.attacks import attacked, connect, head, watching
from tests.support.service import Service

EVALUATE = "/functions/f/evaluate"
MOST_SECONDS = 10


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, environment: dict[str, str]
) -> Iterator[Service]:
    with attacked(
        tmp_path_factory.mktemp("protocol"), empty_database, environment, f"--max_seconds={MOST_SECONDS}"
    ) as running:
        yield running


def ended(connection: socket.socket) -> float:
    """The seconds until a connection is ended from the other side."""
    began = time.monotonic()
    connection.settimeout(3 * HEAD_SECONDS)
    with suppress(ConnectionError):
        while connection.recv(65_536):
            pass
    return time.monotonic() - began


@pytest.mark.parametrize("sent", [b"x-a: " + b"a" * 100_000_000, b"x-a: b\r\n" * 12_000_000, b"a" * 100_000_000])
def test_a_head_without_end(service: Service, sent: bytes) -> None:
    """A hundred megabytes of one header, of many headers, of a path."""
    start = b"GET /" if sent.startswith(b"a") else head("GET", "/models")[:-2]
    with watching(service) as watch, connect(service) as connection:
        connection.sendall(start)
        with suppress(ConnectionError):
            connection.sendall(sent)
            assert connection.recv(12) in (b"HTTP/1.1 431", b"")
    watch.require_sound()
    assert watch.bytes < 700 << 20


def test_a_head_of_the_size_that_is_allowed(service: Service) -> None:
    points = "&".join(f"x={i / 1_000_003:.17f}" for i in range(1_000))
    assert len(points) < HEAD_BYTES
    assert len(httpx.get(f"{service.url}{EVALUATE}?{points}", timeout=30).json()["x"]) == 1_000
    answer = httpx.get(f"{service.url}{EVALUATE}?{points}&{points}", timeout=30)
    assert answer.status_code == 431


def test_what_does_not_become_a_request_ends_in_time(service: Service) -> None:
    """Nothing, half a head, a head after an answer; and a body that goes on after its answer."""
    endless = head("POST", "/nowhere", "Content-Length: 2000000")
    idle, slow, again, after = (connect(service) for _ in range(4))
    slow.sendall(b"GET /models HTTP/1.1\r\nHost: ")
    again.sendall(head("GET", "/health/live") + b"GET /models HT")
    after.sendall(endless)
    with ThreadPoolExecutor(4) as pool:
        seconds = list(pool.map(ended, (idle, slow, again, after)))
    for connection in (idle, slow, again, after):
        connection.close()
    assert max(seconds) < HEAD_SECONDS + 5


def test_who_does_not_take_the_last_of_an_answer_is_let_go(service: Service) -> None:
    def open_files() -> int:
        return len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))

    before = open_files()
    large = head("GET", f"{EVALUATE}?linspace=0,1,100000&order=0&order=1&order=2")
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(service)) for _ in range(8)]
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
            connection.sendall(large)
        assert {connection.recv(12) for connection in connections} == {b"HTTP/1.1 200"}
        deadline = time.monotonic() + MOST_SECONDS + 3 * HEAD_SECONDS
        while open_files() > before + 2:
            assert time.monotonic() < deadline, "they are held for ever"
            time.sleep(0.5)


def test_more_connections_than_there_may_be(service: Service) -> None:
    """The connections that wait longest make room, and whoever asks is answered."""
    with ExitStack() as stack:
        with watching(service) as watch:
            connections = [stack.enter_context(connect(service)) for _ in range(CONNECTIONS + 200)]
            assert httpx.get(f"{service.url}{EVALUATE}?x=1", timeout=30).status_code == 200
        watch.require_sound()
        connections[0].settimeout(5)
        with suppress(ConnectionError):
            assert connections[0].recv(1) == b""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(b'{"x": ', mtime=0) + gzip.compress(b"[1]}", mtime=0), 200),
        (gzip.compress(b'{"x": [1]}', mtime=0) + gzip.compress(b" ", mtime=0), 200),
        (gzip.compress(b'{"x": [1]}', mtime=0) + b"more", 415),
        (gzip.compress(b'{"x": [1]}', mtime=0)[:-4], 415),
        (gzip.compress(b" ", mtime=0) * 3 + gzip.compress(b" " * 2_200_000, mtime=0), 413),
        (b"", 422),
    ],
    ids=["two", "a blank more", "no gzip behind", "cut off", "too much", "none"],
)
def test_all_members_of_gzip_are_read(service: Service, body: bytes, status: int) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert httpx.post(service.url + EVALUATE, content=body, headers=headers).status_code == status
