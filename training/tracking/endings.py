"""How a run ends that does not end well: what is told to stop, what the store or a disk refuses, and the reason."""

import errno
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from training.errors import Error, NoRoom
from training.tracking import store


def reason(error: BaseException) -> str:
    """What a run that failed says of it."""
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return "stopped by a signal"
    return str(error) if isinstance(error, Error) else f"{type(error).__name__}: {error}"


@contextmanager
def store_errors() -> Iterator[None]:
    """What is wrong with the store, or with a disk that is full, as the user's mistake that it is."""
    try:
        yield
    except (MlflowException, SQLAlchemyError) as error:
        raise store.unavailable(error) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
            raise
        raise NoRoom(f"{error.filename or 'a file'} cannot be written: {error.strerror}") from error


@contextmanager
def terminated_by_signal() -> Iterator[None]:
    """SIGTERM as an exception, so that the run is closed; its default would end the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
