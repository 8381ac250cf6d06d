"""Logs as JSON, one object a line, each with its process and the id of the request that it belongs to."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from io import RawIOBase
from select import PIPE_BUF

import orjson

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

# What a caller of the logger may add.
_FIELDS = ("stale_seconds", "model", "version")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": _now(),
            "process": os.getpid(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
        }
        content |= {name: record.__dict__[name] for name in _FIELDS if name in record.__dict__}
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(content, default=str).decode()


class RequestLog:
    """A line for each request, in the same form, without the detours of logging: they take as long as an answer."""

    def __init__(self) -> None:
        self._stream: RawIOBase | None = None

    def write(self, requests: list[dict[str, object]]) -> None:
        """Write requests together; nothing, until the process has configured its logs."""
        if self._stream is None or not requests:
            return
        head = {"time": _now(), "process": os.getpid(), "level": "INFO"}
        head |= {"logger": "derivable.serving.requests", "message": "request"}
        lines = [orjson.dumps(head | request, option=orjson.OPT_APPEND_NEWLINE) for request in requests]
        for piece in _pieces(lines):
            self._stream.write(piece)

    def open(self) -> None:
        """Write to stderr from now on."""
        self._stream = open(sys.stderr.fileno(), "wb", buffering=0, closefd=False)  # noqa: SIM115


def _pieces(lines: list[bytes]) -> Iterator[bytes]:
    """Whole lines, as many at a time as the system writes in one piece where workers share a pipe."""
    piece = b""
    for line in lines:
        if piece and len(piece) + len(line) > PIPE_BUF:
            yield piece
            piece = b""
        piece += line
    yield piece


REQUESTS = RequestLog()


def configure() -> None:
    """Send all of the process's logs to stderr as JSON, and only what matters of the libraries'."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("derivable.serving", "uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)
    # MLflow has brought a handler of its own, whose lines are no JSON.
    mlflow = logging.getLogger("mlflow")
    mlflow.handlers.clear()
    mlflow.propagate = True
    mlflow.setLevel(logging.WARNING)
    # What no line has is not looked up for each (as the logging HOWTO has it, "Optimization").
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    REQUESTS.open()


def _now() -> str:
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1_000)
    return f"{_written(seconds)}.{milliseconds:03}+00:00"


@lru_cache(maxsize=1)
def _written(seconds: int) -> str:
    """A second in ISO 8601; many requests fall into it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
