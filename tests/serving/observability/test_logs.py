import io
import json
import logging
import os
from select import PIPE_BUF
from typing import Any

from serving.observability.logs import JsonFormatter, RequestLog


class Pieces(io.RawIOBase):
    """Keeps what is written, a piece for each call."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def write(self, piece: Any) -> int:
        self.kept.append(bytes(piece))
        return len(piece)


def test_workers_that_share_a_pipe_do_not_mix_their_lines() -> None:
    log, pieces = RequestLog(), Pieces()
    log._stream = pieces
    paths = ["/models" * (1 + number % 70) for number in range(100)]
    log.write([{"path": path} for path in paths])
    assert [json.loads(line)["path"] for line in b"".join(pieces.kept).splitlines()] == paths
    assert 1 < len(pieces.kept) < len(paths)
    assert all(piece.endswith(b"\n") and len(piece) <= PIPE_BUF for piece in pieces.kept)


def test_every_line_says_whose_it_is() -> None:
    log, pieces = RequestLog(), Pieces()
    log._stream = pieces
    log.write([{"path": "/models"}])
    record = logging.LogRecord("derivable.serving", logging.INFO, "", 0, "loaded %s", ("bell",), None)
    for line in (json.loads(pieces.kept[0]), json.loads(JsonFormatter().format(record))):
        assert line["process"] == os.getpid()
        assert {"time", "level", "logger", "message"} < set(line)
