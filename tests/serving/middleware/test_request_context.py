import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from serving.http import error_responses
from serving.middleware.request_context import RequestContext
from tests.support.service import Service

EVALUATE = "/functions/gaussian/evaluate"


def lines(service: Service) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.log.read_text().splitlines()]


def test_a_line_for_each_request_with_its_id(service: Service) -> None:
    answer = service.client.get(EVALUATE, params={"x": 1}, headers={"x-request-id": "my-id.1"})
    assert answer.headers["x-request-id"] == "my-id.1"
    deadline = time.monotonic() + 5
    while not (found := [line for line in lines(service) if line["request_id"] == "my-id.1"]):
        assert time.monotonic() < deadline
        time.sleep(0.01)  # the line is written when the answer is on its way
    (line,) = found
    assert line.items() >= {"method": "GET", "path": EVALUATE, "status": 200, "client": "127.0.0.1"}.items()
    assert 0 < line["seconds"] < 10


@pytest.mark.parametrize("given", ["two\twords", "x" * 200, "ä"])
def test_an_id_that_is_not_one_is_replaced(service: Service, given: str) -> None:
    answer = service.client.get("/health/live", headers={b"x-request-id": given.encode()})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/", "/models", "/nowhere", f"{EVALUATE}?x=1", "/static/main.js"])
def test_what_a_browser_is_told(service: Service, path: str) -> None:
    headers = service.client.get(path, headers={"origin": "https://example.com"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    is_shown = path in ("/", "/static/main.js")
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert ("script-src 'self'" in policy) == is_shown
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert not {"server", "access-control-allow-origin"} & set(headers)
    assert ("x-frame-options" in headers) == is_shown


async def _broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError(f"a secret of {Path(__file__)}")


@pytest.mark.parametrize("is_routed", [True, False])
def test_a_bug_is_a_500_without_its_details(is_routed: bool) -> None:
    app = FastAPI()
    error_responses.install(app)
    app.mount("/broken", _broken)
    service = RequestContext(app if is_routed else _broken)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://test") as client:
            return await client.get("/broken/")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()) == (500, {"detail": "internal error"})
