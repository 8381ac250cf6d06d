"""The fast path answers as the routes do."""

import asyncio
import json
from typing import Any

import httpx
from starlette.types import ASGIApp

from serving.api.fast_path import FastPath
from serving.app import create_app
from serving.middleware.limits import BodyLimit
from serving.scheduling.memory_budget import Budget
from serving.settings import Settings
from tests.support.catalogs import fit

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/functions/f/evaluate?x=0.5&order=1", {}),
    ("POST", "/functions/f/evaluate", {"json": {"x": [0.5], "orders": [0, 1]}}),
    ("GET", "/functions/f/evaluate?x=a", {}),
    ("GET", "/functions/nope/evaluate?x=1", {}),
    ("POST", "/functions/f/evaluate", {"content": b"x", "headers": {"content-type": "text/plain"}}),
    ("PUT", "/functions/f/evaluate", {}),
    ("GET", "/functions/f/evaluate/more", {}),
    ("GET", "/health/live", {}),
]


def answers(app: ASGIApp) -> list[tuple[int, Any, str]]:
    """The status, the content and the type of the answer to each of REQUESTS."""
    limited = BodyLimit(app, 1 << 20, Budget(1 << 26))

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(limited), base_url="http://here") as client:
            return [await client.request(method, path, **options) for method, path, options in REQUESTS]

    return [
        (answer.status_code, json.loads(answer.content), answer.headers["content-type"])
        for answer in asyncio.run(ask())
    ]


def test_the_answers_are_those_of_the_routes(store: str) -> None:
    fit("f", 0.1)
    routed = create_app(Settings(tracking_uri=store))
    routed.state.catalog.refresh()
    found = answers(FastPath(routed, routed))
    assert found == answers(routed)
    assert [status for status, *_ in found] == [200, 200, 422, 404, 415, 405, 404, 200]
