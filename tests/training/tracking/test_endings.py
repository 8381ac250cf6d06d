"""How runs end is seen in tests/training/tracking/test_tracking.py, too, with a run around them."""

import errno
import os
import signal

import pytest
from mlflow.exceptions import MlflowException

from training.errors import InvalidParameter, NoRoom, StoreUnavailable
from training.tracking.endings import reason, store_errors, terminated_by_signal


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (OSError(errno.ENOSPC, "No space left", "a.png"), NoRoom, "a.png cannot be written: No space left"),
        (OSError(errno.ENOENT, "No such file", "a.png"), FileNotFoundError, "No such file"),
        (MlflowException("it does not answer"), StoreUnavailable, "it does not answer"),
        (ValueError("a bug"), ValueError, "a bug"),
    ],
)
def test_what_the_store_or_a_disk_refuses_is_named(raised: Exception, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message), store_errors():
        raise raised


def test_a_signal_to_end_is_an_exception_and_only_inside() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit), terminated_by_signal():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_reasons() -> None:
    assert reason(InvalidParameter("points: 1")) == "points: 1"
    assert reason(KeyError("x")) == "KeyError: 'x'"
    assert reason(KeyboardInterrupt()) == reason(SystemExit(143)) == "stopped by a signal"
