"""Questions of one turn of the event loop."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from serving.arrays import Array
from serving.models.evaluation import Values
from serving.scheduling.gathering import Gathering


class Squares:
    """Counts how often it is asked, and of how many points."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, x: Array) -> Values:
        self.asked.append(len(x))
        if (x < 0).any():
            raise ArithmeticError("negative")
        return Values({0: x**2, 1: 2 * x}, {}, {}, {})


def asked(
    gathering: Gathering, values_of: Callable[[Array], Values], *points: list[float], key: str = "f"
) -> list[Values]:
    async def all_at_once() -> list[Values]:
        return await asyncio.gather(*(gathering.values(key, values_of, np.array(x)) for x in points))

    return asyncio.run(all_at_once())


def test_who_asks_in_the_same_turn_is_answered_by_one_evaluation() -> None:
    squares, gathering = Squares(), Gathering()
    found = asked(gathering, squares, [1.0], [2.0, 3.0], [4.0])
    assert squares.asked == [4]
    assert [values.derivatives[0].tolist() for values in found] == [[1], [4, 9], [16]]
    assert [values.derivatives[1].tolist() for values in found] == [[2], [4, 6], [8]]
    assert asked(gathering, squares, [5.0])[0].derivatives[0].tolist() == [25]
    assert squares.asked == [4, 1]


def test_different_questions_are_evaluated_by_themselves() -> None:
    one, other, gathering = Squares(), Squares(), Gathering()

    async def both() -> tuple[Values, Values]:
        x = np.array([3.0])
        return await asyncio.gather(gathering.values("f", one, x), gathering.values("g", other, 2 * x))

    first, second = asyncio.run(both())
    assert (first.derivatives[0].tolist(), second.derivatives[0].tolist()) == ([9], [36])
    assert (one.asked, other.asked) == ([1], [1])


def test_who_has_gone_away_is_not_evaluated() -> None:
    squares, gathering = Squares(), Gathering()

    async def leave(*stay: list[float]) -> list[Values]:
        gone = asyncio.ensure_future(gathering.values("f", squares, np.array([7.0])))
        stayed = [asyncio.ensure_future(gathering.values("f", squares, np.array(x))) for x in stay]
        await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.gather(*stayed)

    (found,) = asyncio.run(leave([2.0]))
    assert found.derivatives[0].tolist() == [4]
    assert asyncio.run(leave()) == []
    assert squares.asked == [1]


def test_a_failure_is_everyone_s() -> None:
    gathering = Gathering()
    with pytest.raises(ArithmeticError, match="negative"):
        asked(gathering, Squares(), [1.0], [-1.0])
    assert asked(gathering, Squares(), [1.0])[0].derivatives[0].tolist() == [1]
