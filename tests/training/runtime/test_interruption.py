"""A training that the user ends."""

from pathlib import Path

import pytest

from training.errors import Stopped
from training.runtime.callbacks import LastCheckpoint
from training.runtime.interruption import stopped_by_user


def interrupt() -> None:
    """End as Lightning does."""
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as error:
        raise SystemExit(1) from error


def test_ctrl_c_ends_with_a_word_on_where_it_resumes(tmp_path: Path) -> None:
    said = "the same command begins again: no epoch is kept yet"
    with pytest.raises(Stopped, match=said), stopped_by_user(LastCheckpoint(tmp_path / "last.ckpt", 1)):
        interrupt()


def test_another_end_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="3"), stopped_by_user(LastCheckpoint(tmp_path / "last.ckpt", 1)):
        raise SystemExit(3)
