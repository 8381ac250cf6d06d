"""What a command is at, on a terminal: a line that the next one replaces."""

import logging
import sys

_CLEARED = "\r\033[K"


def at(step: str) -> None:
    """Say what begins."""
    if sys.stderr.isatty():
        print(f"{_CLEARED}{step} …", end="", file=sys.stderr, flush=True)


def done() -> None:
    """Make room for a line that stays."""
    if sys.stderr.isatty():
        print(_CLEARED, end="", file=sys.stderr, flush=True)


class Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """The log on stderr, with lines of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        done()
        super().emit(record)
