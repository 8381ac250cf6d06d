import asyncio
import threading
import time

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
