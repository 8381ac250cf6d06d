"""What an answer writes, and what a connection is given."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from serving.runtime.joined_writes import JoinedWrites


class Transport:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def close(self) -> None:
        self.said.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.said


def told(use: Callable[[JoinedWrites], Any]) -> tuple[list[bytes | str], list[bytes | str]]:
    """What a transport was told in the same turn of the loop, and by the end of the next."""

    async def turn() -> tuple[list[bytes | str], list[bytes | str]]:
        transport: Any = Transport()
        use(JoinedWrites(transport, asyncio.get_running_loop()))
        at_once = list(transport.said)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return at_once, transport.said

    return asyncio.run(turn())


def pieces(*data: bytes) -> Callable[[JoinedWrites], None]:
    def write(connection: JoinedWrites) -> None:
        for piece in data:
            connection.write(piece)

    return write


def head_only(connection: JoinedWrites) -> None:
    connection.write(b"head")
    connection.close()


@pytest.mark.parametrize(
    ("use", "at_once", "later"),
    [
        (pieces(b"head", b"body"), [b"headbody"], []),
        (pieces(b"head", b""), [b"head"], []),
        (pieces(b"head"), [], [b"head"]),
        (pieces(b"head", b"1", b"2", b""), [b"head1", b"2", b""], []),
        (head_only, [b"head", "closed"], []),
        (JoinedWrites.close, ["closed"], []),
    ],
)
def test_the_first_write_waits_for_the_second(use: Any, at_once: list[Any], later: list[Any]) -> None:
    assert told(use) == (at_once, at_once + later)


def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    async def answer() -> list[bytes | str]:
        transport: Any = Transport()
        connection = JoinedWrites(transport, asyncio.get_running_loop())
        connection.write(b"head")
        await asyncio.sleep(0.01)
        connection.write(b"body")
        assert not connection.is_closing()
        connection.close()
        assert connection.is_closing()
        found: list[bytes | str] = transport.said
        return found

    assert asyncio.run(answer()) == [b"head", b"body", "closed"]
