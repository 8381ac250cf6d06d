"""Requests for which hosts are let in."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from serving.middleware.trusted_hosts import TrustedHosts
from tests.support.attacks import connect
from tests.support.service import Service


def status(address: str, host: str, path: str = "/models", trusted: tuple[str, ...] = ()) -> int:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(TrustedHosts(PlainTextResponse("in"), address, trusted))
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
