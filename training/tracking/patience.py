"""Requests of the MLflow store that outlast its absence: made again with a line now and then, and bounded.

A request that is made twice writes what it would have written once: values have their times, files their names.
"""

import errno
import logging
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from mlflow.exceptions import MlflowException
from requests import RequestException
from sqlalchemy.exc import SQLAlchemyError

from training.errors import InvalidParameter, StoreUnavailable
from training.tracking import store

Answer = TypeVar("Answer")

# Whatever MLflow lets through from what it stands on.
STORE_ERRORS = (MlflowException, SQLAlchemyError, sqlite3.Error, OSError)

# For how long a store that went away is waited for: seconds, from the environment. A server is restarted within them.
PATIENCE = "DERIVABLE_STORE_PATIENCE"
_PATIENCE_SECONDS = 600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 10.0
# After so long a user wonders, and then again after so long.
_SECONDS_TO_FIRST_LINE, _SECONDS_BETWEEN_LINES = 8.0, 30.0

# MLflow's own patience with a server; without these it is four minutes, in which it says nothing.
_MLFLOW = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": str(store.ANSWER_SECONDS),
}
_HURRIED = {PATIENCE: "0", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}
# It logs a traceback for each request that a database refuses, and waits by itself where there is none.
_TALKATIVE = "mlflow.store.db.utils"

# What a disk or a network file system recovers from; every other error of a file stays.
_PASSING = {errno.EIO, errno.ESTALE, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN}
# Said by a database, or by a server of its database or disk.
_LASTING = (
    "disk is full",
    "readonly database",
    "No space left",
    "Read-only file system",
    "Disk quota",
    "no such table",
)

log = logging.getLogger("derivable.training")


def patiently(request: Callable[[], Answer]) -> Answer:
    """The answer to a request, which is made again where the store does not answer for a while.

    Raises:
        StoreUnavailable: it has not answered for as long as DERIVABLE_STORE_PATIENCE says, or refuses the request.
    """
    began, said, pause = time.monotonic(), -math.inf, _FIRST_PAUSE
    while True:
        try:
            with told_if_slow():
                return request()
        except STORE_ERRORS as error:
            waited = time.monotonic() - began
            if not _passes(error):
                raise store.unavailable(error) from error
            if waited >= patience():
                raise store.unavailable(error, after=waited) from error
            if waited - said >= _SECONDS_BETWEEN_LINES:
                _tell(error, patience() - waited)
                said = waited
        time.sleep(min(pause, max(patience() - waited, 0)))
        pause = min(2 * pause, _LONGEST_PAUSE)


def patience() -> float:
    """The seconds for which a store that went away is waited for.

    Raises:
        InvalidParameter: the environment does not have a number there.
    """
    text = os.environ.get(PATIENCE, str(_PATIENCE_SECONDS))
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise InvalidParameter(f"{PATIENCE}: expected seconds, 0 or more, not {text!r}")
    return seconds


def leave_waiting_to_us() -> None:
    """Let MLflow give up early, in this process and its workers, where the user has not said for how long it waits.

    Raises:
        InvalidParameter: DERIVABLE_STORE_PATIENCE is no number.
    """
    patience()
    for name, value in _MLFLOW.items():
        os.environ.setdefault(name, value)
    logging.getLogger(_TALKATIVE).setLevel(logging.CRITICAL)


@contextmanager
def hurried() -> Iterator[None]:
    """Requests that are not worth waiting for: where the store does not answer, they are left out."""
    before = {name: os.environ.get(name) for name in _HURRIED}
    os.environ |= _HURRIED
    try:
        with suppress(*STORE_ERRORS, StoreUnavailable):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _passes(error: BaseException) -> bool:
    """Whether a store that fails so may answer later."""
    if any(lasting in str(error) for lasting in _LASTING):
        return False
    if isinstance(error, MlflowException):
        status = error.get_http_status_code()  # type: ignore[no-untyped-call]
        return status in (408, 429) or not 400 <= status < 500
    if isinstance(error, OSError) and not isinstance(error, RequestException | ConnectionError | TimeoutError):
        return error.errno in _PASSING
    return True


def _tell(error: BaseException, left: float) -> None:
    log.warning(
        "the MLflow store %s does not answer: %s; trying again for up to %s, nothing is lost",
        store.shown(store.current()),
        store.reason(error),
        f"{left:.0f} s" if left < 120 else f"{left / 60:.0f} min",
    )


@contextmanager
def told_if_slow() -> Iterator[None]:
    """Lines while a request is not answered at all."""
    answered = threading.Event()

    def tell() -> None:
        began, wait = time.monotonic(), _SECONDS_TO_FIRST_LINE
        while not answered.wait(wait):
            address, seconds = store.shown(store.current()), time.monotonic() - began
            log.warning("the MLflow store %s has not answered for %.0f s; still waiting", address, seconds)
            wait = _SECONDS_BETWEEN_LINES

    threading.Thread(target=tell, daemon=True).start()
    try:
        yield
    finally:
        answered.set()
