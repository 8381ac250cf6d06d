"""What clients may take of the service's memory and time, by attack: a worker stays below 1 GiB, and answers."""

import gzip
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest

from serving.errors import TooBusy
from serving.scheduling.memory_budget import ALLOWANCE, Budget, Share
from tests.support.attacks import at_once, attacked, connect, head, watching
from tests.support.service import Service

EVALUATE, INFER, PREDICT = "/functions/f/evaluate", "/v2/models/f/infer", "/classifiers/digits/predict"
FIELD, BRIDGE = "/functions/plane/evaluate", "/umbridge/Evaluate"
GZIPPED = {"content-type": "application/json", "content-encoding": "gzip"}
TENSOR = '{"name": "x", "datatype": "FP64", "shape": [1], "data": '


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, environment: dict[str, str]
) -> Iterator[Service]:
    with attacked(tmp_path_factory.mktemp("memory"), empty_database, environment) as running:
        yield running


def many(value: str, times: int) -> str:
    return "[" + ",".join([value] * times) + "]"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (EVALUATE, '{"x": ' + many('""', 700_000) + "}"),
        (EVALUATE, '{"x": ' + many("null", 400_000) + "}"),
        (EVALUATE, '{"x": [1], "orders": ' + many("0", 1_000_000) + "}"),
        (EVALUATE, '{"x": [1], ' + ",".join(f'"a{i}": 0' for i in range(150_000)) + "}"),
        (INFER, '{"inputs": ' + many("{}", 700_000) + "}"),
        (INFER, '{"inputs": [{"name": "x", "datatype": "FP64", "shape": ' + many("1", 1_000_000) + "}]}"),
        (INFER, '{"inputs": [' + TENSOR + many("[]", 700_000) + "}]}"),
        # Of which NumPy makes 10,000 texts as long as the first.
        (INFER, '{"inputs": [' + TENSOR + f'["{"x" * 100_000}",' + many('""', 10_000)[1:] + "}]}"),
        (INFER, '{"inputs": [' + TENSOR + "[1]}], " + '"outputs": ' + many("{}", 700_000) + "}"),
        (FIELD, '{"x": ' + many("[]", 700_000) + "}"),
        (FIELD, '{"x": {' + ",".join(f'"a{i}": [0]' for i in range(150_000)) + "}}"),
        (FIELD, '{"x": [[1, 1]], "derivatives": ' + many('"x,z"', 700_000) + "}"),
        (BRIDGE, '{"name": "plane", "input": [' + many("null", 700_000) + '], "config": {}}'),
        (PREDICT, '{"pixels": ' + many("{}", 700_000) + "}"),
        (PREDICT, '{"pixels": ' + many("[]", 700_000) + "}"),
        (PREDICT, '{"pixels": [1], ' + ",".join(f'"a{i}": 0' for i in range(150_000)) + "}"),
    ],
    ids=lambda value: value[:40],
)
def test_a_body_of_mistakes(service: Service, path: str, body: str) -> None:
    """Eight at once, each two kilobytes for who sends it, get a few errors and no more."""
    content = gzip.compress(body.encode(), mtime=0)
    assert len(content) < 600_000
    with watching(service) as watch:
        answers = at_once(8, lambda: httpx.post(service.url + path, content=content, headers=GZIPPED, timeout=60))
    watch.require_sound()
    assert {answer.status_code for answer in answers} <= {400, 413, 422, 503}
    assert max(len(answer.content) for answer in answers) < 5_000


def large(points: int = 100_000) -> bytes:
    return json.dumps({"x": np.linspace(-5, 5, points).tolist(), "orders": [0, 1, 2, 3, 4]}).encode()


@pytest.mark.parametrize(("accepted", "clients"), [("identity", 40), ("gzip", 20)])
def test_clients_that_do_not_read(service: Service, accepted: str, clients: int) -> None:
    """They ask for 13 MB each and take none of it: their answers are written as they are read."""
    body = large()
    sent = head("POST", EVALUATE, f"Content-Length: {len(body)}", f"Accept-Encoding: {accepted}") + body
    with watching(service) as watch, ExitStack() as stack:
        connections = [stack.enter_context(connect(service)) for _ in range(clients)]
        for connection in connections:
            connection.sendall(sent)
        started = [connection.recv(12) for connection in connections]
        assert httpx.get(f"{service.url}{EVALUATE}?x=1", timeout=30).status_code == 200
    watch.require_sound()
    assert set(started) <= {b"HTTP/1.1 200", b"HTTP/1.1 503", b"HTTP/1.1 504"}
    assert started.count(b"HTTP/1.1 200") >= clients / 2


def hold(connection: socket.socket, sent: bytes) -> bytes:
    """Send and wait for a moment; what is answered."""
    connection.settimeout(5)
    with suppress(OSError):
        connection.sendall(sent)
        return connection.recv(12)
    return b""


def test_bodies_that_never_end(service: Service) -> None:
    """Two hundred clients send two megabytes each and hold them: beyond the memory for that they get a 503."""
    sent = head("POST", EVALUATE, "Content-Length: 2200000") + b"[" + b" " * 2_000_000
    with watching(service) as watch, ThreadPoolExecutor(200) as pool:
        connections = [connect(service) for _ in range(200)]
        answers = list(pool.map(lambda connection: hold(connection, sent), connections))
        assert httpx.get(f"{service.url}{EVALUATE}?x=1", timeout=30).status_code == 200
        for connection in connections:
            connection.close()
    watch.require_sound()
    assert answers.count(b"HTTP/1.1 503") > 50


def test_who_is_refused_is_told_when_to_come_again(service: Service) -> None:
    answer = httpx.post(service.url + EVALUATE, content=large(), timeout=30)
    assert answer.status_code == 200, "those who held the memory have gone"
    assert len(answer.json()["derivatives"]["4"]) == 100_000


def test_the_budget_is_what_all_hold() -> None:
    budget = Budget(100_000)
    first, second = Share(budget), Share(budget)
    first.hold(ALLOWANCE)
    assert budget.taken == 0, "what is small is not counted"
    first.hold(90_000)
    with pytest.raises(TooBusy, match="try again"):
        second.hold(ALLOWANCE + 10_001)
    second.hold(ALLOWANCE)
    assert budget.taken == 90_000
    second.release(ALLOWANCE)
    first.release(ALLOWANCE)
    assert budget.taken == 90_000 - ALLOWANCE
    second.hold(2 * ALLOWANCE)
    first.release(90_000)
    second.release(2 * ALLOWANCE)
    assert budget.taken == 0
