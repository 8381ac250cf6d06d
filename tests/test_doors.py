"""Who is let in, and by which methods."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from serving.doors import Hosts
from tests.attacks import connect, head
from tests.service import Service

EVALUATE = "/functions/gaussian/evaluate"


def status(address: str, host: str, path: str = "/models", trusted: tuple[str, ...] = ()) -> int:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Hosts(PlainTextResponse("in"), address, trusted))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(path, headers={"host": host})

    return asyncio.run(ask()).status_code


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_a_service_of_this_machine_trusts_this_machine_s_names(address: str) -> None:
    ours = ("localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:8000", "127.9.9.9", "[::1]", "[::1]:8000")
    assert {status(address, host) for host in ours} == {200}
    foreign = ("evil.example", "evil.example:8000", "localhost.evil.example", "10.0.0.1", "[::2]", "", "localhost:x")
    assert {status(address, host) for host in foreign} == {421}
    assert status(address, "evil.example", "/health/live") == 200


def test_a_service_for_others_trusts_any_unless_it_is_told() -> None:
    assert status("0.0.0.0", "derivable.example.com") == 200
    assert status("0.0.0.0", "derivable.example.com", trusted=("derivable.example.com",)) == 200
    assert status("0.0.0.0", "derivable.example.com:443", trusted=("Derivable.example.com",)) == 200
    assert status("0.0.0.0", "other.example.com", trusted=("derivable.example.com",)) == 421
    assert status("127.0.0.1", "localhost", trusted=("derivable.example.com",)) == 421
    assert status("127.0.0.1", "other.example.com", trusted=("*",)) == 200


@pytest.mark.parametrize("hosts", ["", "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nhost: evil\r\n"])
def test_a_request_has_one_host(service: Service, hosts: str) -> None:
    with connect(service) as connection:
        connection.sendall(f"GET /models HTTP/1.1\r\n{hosts}\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 400"


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/models", f"{EVALUATE}?x=1", "/health/live", "/metrics", "/static/main.js"]
)
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    got, headed = service.client.get(path), service.client.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-type"] == got.headers["content-type"]
    assert service.client.head("/nowhere").status_code == 404
    assert service.client.head("/v2/models/gaussian/infer").status_code == 405


def test_head_of_an_answer_in_pieces_ends_with_its_head(service: Service) -> None:
    with connect(service) as connection:
        path = f"{EVALUATE}?linspace=0,1,20000"
        connection.sendall(head("HEAD", path) + head("GET", "/health/live", "Connection: close"))
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.count(b"\r\n\r\n") == 2
    assert received.endswith(b'{"status":"live"}')


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (EVALUATE, "GET, HEAD, OPTIONS, POST"),
        ("/models", "GET, HEAD, OPTIONS"),
        ("/v2/models/gaussian/infer", "OPTIONS, POST"),
        ("/static/main.js", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_tells_the_methods(service: Service, path: str, methods: str) -> None:
    answer = service.client.options(path)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", methods)
    assert service.client.options("/nowhere").status_code in (404, 405)
