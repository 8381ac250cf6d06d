import asyncio
import threading
import time

import pytest

from serving.scheduling.work_queue import WorkQueue


def test_pieces_are_done_one_at_a_time_in_the_order_of_asking() -> None:
    busy, done = threading.Lock(), list[int]()

    def piece(number: int) -> int:
        assert busy.acquire(blocking=False), "another piece is being done"
        time.sleep(0.005)
        busy.release()
        done.append(number)
        return number

    async def ask() -> list[int]:
        queue = WorkQueue()
        return await asyncio.gather(*(queue.run(piece, number) for number in range(10)))

    assert asyncio.run(ask()) == done == list(range(10))


def test_who_has_much_to_do_lets_others_have_their_turn() -> None:
    """Pieces in a thread, and in the event loop."""
    order: list[str] = []

    async def much(queue: WorkQueue) -> None:
        for _ in range(5):
            await queue.run(order.append, "much")

    async def little(queue: WorkQueue) -> None:
        await queue.run(order.append, "little")

    async def turns(queue: WorkQueue, name: str, times: int) -> None:
        for _ in range(times):
            async with queue.turn():
                order.append(name)

    async def both() -> None:
        queue = WorkQueue()
        await asyncio.gather(much(queue), little(queue))
        await asyncio.gather(turns(queue, "many turns", 5), turns(queue, "one turn", 1))

    asyncio.run(both())
    assert order.index("little") <= 2
    assert order.index("one turn") <= 8
    assert len(order) == 12


def test_of_those_who_have_very_much_to_do_the_first_end_first() -> None:
    """And who has little to do does not wait for any of them."""
    ended: list[str] = []

    async def work(queue: WorkQueue, name: str, pieces: int) -> None:
        async with queue.admission(pieces):
            for _ in range(pieces):
                await queue.run(time.sleep, 0)
        ended.append(name)

    async def all_at_once() -> None:
        queue = WorkQueue()
        await asyncio.gather(*(work(queue, str(number), 50) for number in range(6)), work(queue, "little", 5))

    asyncio.run(all_at_once())
    assert ended[0] == "little"
    assert [set(ended[first : first + 2]) for first in (1, 3, 5)] == [{"0", "1"}, {"2", "3"}, {"4", "5"}]


def test_who_leaves_makes_room() -> None:
    async def leave(queue: WorkQueue) -> None:
        async with queue.admission(100):
            await asyncio.sleep(60)

    async def come_and_go() -> None:
        queue = WorkQueue()
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(leave(queue), 0.01)

    asyncio.run(come_and_go())
