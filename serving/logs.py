"""Logs as JSON, one object a line, each with the id of the request that it belongs to."""

import logging
import logging.config
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

# What a caller of the logger may add.
_FIELDS = ("method", "path", "status", "seconds", "client", "stale_seconds", "model", "version")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
        }
        content |= {name: record.__dict__[name] for name in _FIELDS if name in record.__dict__}
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(content, default=str).decode()


def configure() -> None:
    """All of the process's logs go to stderr as JSON; of libraries only what matters."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("derivable.serving", "uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)
    # What is not needed for a line is not looked up for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = logging.logAsyncioTasks = False
