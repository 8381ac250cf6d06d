import asyncio
from typing import Any

import pytest

from serving.observability import logs
from serving.observability.access_log import AccessLog, Entry
from serving.observability.metrics import IN_PROGRESS, REQUESTS


def entry(path: str, method: str = "GET", status: int = 200) -> Entry:
    return Entry("id", method, path, "/route", "127.0.0.1", status, 0.0123456789)


def test_requests_are_counted_and_told_together_and_probes_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[dict[str, Any]]] = []
    monkeypatch.setattr(logs.REQUESTS, "write", told.append)
    counters = [REQUESTS.labels(*labels) for labels in (("GET", "/route", 200), ("other", "/route", 405))]
    before = [counter._value.get() for counter in counters]

    async def turn() -> None:
        log = AccessLog()
        for _ in range(3):
            log.begin()
        log.end(entry("/models"))
        log.end(entry("/health/live"))
        await asyncio.sleep(0)
        assert IN_PROGRESS._value.get() == 1
        log.end(entry("/models", "BREW", 405))
        await asyncio.sleep(0)
        assert IN_PROGRESS._value.get() == 0

    asyncio.run(turn())
    assert [[line["method"] for line in lines] for lines in told] == [["GET"], ["BREW"]]
    assert told[0][0] == {
        "request_id": "id",
        "method": "GET",
        "path": "/models",
        "status": 200,
        "seconds": 0.012346,
        "client": "127.0.0.1",
    }
    assert [counter._value.get() - start for counter, start in zip(counters, before, strict=True)] == [2, 1]
