import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from starlette.types import Message

from serving.api.streaming import StreamedResponse
from serving.scheduling.memory_budget import Budget, sharing
from serving.scheduling.work_queue import WorkQueue

LONG = b"x" * 40_000


def sent(pieces: Iterator[bytes], leaves_after: int | None = None) -> list[Message]:
    """What an answer sends, to a client that leaves after so many messages."""
    messages: list[Message] = []

    async def answer() -> None:
        gone = asyncio.Event()

        async def send(message: Message) -> None:
            messages.append(message)
            if len(messages) == leaves_after:
                gone.set()

        async def receive() -> Message:
            await gone.wait()
            return {"type": "http.disconnect"}

        state = SimpleNamespace(work_queue=WorkQueue())
        scope: dict[str, Any] = {"type": "http", "headers": [], "app": SimpleNamespace(state=state)}
        with sharing(scope, Budget(1 << 20)):
            await StreamedResponse(pieces, "text/plain")(scope, receive, send)

    asyncio.run(answer())
    return messages


def test_short_pieces_are_sent_together_and_long_ones_apart() -> None:
    start, *bodies = sent(iter([b"a", b"b", LONG, b"c", LONG, b"d"]))
    assert (start["status"], dict(start["headers"])) == (200, {b"content-type": b"text/plain; charset=utf-8"})
    assert [message["body"] for message in bodies] == [b"ab" + LONG, b"c" + LONG, b"d", b""]
    assert [message["more_body"] for message in bodies] == [True, True, True, False]


def test_nothing_is_an_answer_too() -> None:
    assert [message.get("body") for message in sent(iter([]))] == [None, b"", b""]


def test_pieces_are_made_as_long_as_there_is_someone_to_read_them() -> None:
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            made.append(number)
            yield LONG

    sent(pieces(), leaves_after=5)
    assert len(made) < 10
