import asyncio
import threading
import time
from typing import Any, cast

from serving.registry.catalog import Catalog
from serving.registry.watcher import Watcher


class Looks:
    """Stands where a catalog does; counts how often the registry is looked at."""

    def __init__(self, fails: bool = False, hangs: threading.Event | None = None):
        self.looks = self.ages = 0
        self._fails, self._hangs = fails, hangs

    def look(self) -> None:
        self.looks += 1
        if self._hangs:
            self._hangs.wait(10)
        if self._fails:
            raise RuntimeError("a bug")

    def tell_age(self) -> None:
        self.ages += 1


def watched(looks: Looks, seconds: float, wakes: int = 0) -> float:
    """Watch for a moment; the seconds until the block began."""

    async def watch() -> float:
        began = time.monotonic()
        watcher = Watcher(cast(Catalog, looks), seconds)
        async with watcher.watching():
            waited = time.monotonic() - began
            for _ in range(wakes):
                watcher.wake()
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)
        return waited

    return asyncio.run(watch())


def test_it_looks_before_the_block_and_again_and_again() -> None:
    often, once = Looks(), Looks()
    watched(often, 0.05)
    watched(once, 60)
    assert often.looks >= 3
    assert once.looks == 1


def test_it_looks_at_once_when_it_is_woken() -> None:
    looks = Looks()
    watched(looks, 60, wakes=2)
    assert looks.looks == 3


def test_what_fails_is_tried_again() -> None:
    looks = Looks(fails=True)
    watched(looks, 0.05)
    assert looks.looks >= 3


def test_a_registry_that_hangs_is_asked_once_and_its_age_is_told(monkeypatch: Any) -> None:
    ended = threading.Event()
    looks = Looks(hangs=ended)
    monkeypatch.setattr("serving.registry.watcher._FIRST_SECONDS", 0.1)
    try:
        assert watched(looks, 0.05) < 5
        assert looks.looks == 1
        assert looks.ages >= 2
    finally:
        ended.set()
