import io
import json
from select import PIPE_BUF
from typing import Any

from serving.observability.logs import RequestLog


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
