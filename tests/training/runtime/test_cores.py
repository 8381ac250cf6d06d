import os

import pytest

from training.runtime import cores


def test_cores_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3}, raising=False)
    assert cores.usable() == 2


@pytest.mark.parametrize(("known", "usable"), [(6, 6), (None, 1)])
def test_a_system_that_does_not_tell(monkeypatch: pytest.MonkeyPatch, known: int | None, usable: int) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: known)
    assert cores.usable() == usable
