"""The memory that requests hold, bounded in sum: bodies, arrays and answers.

What a request holds beyond a small allowance is taken from one budget, and given back when it ends. So many small
requests are always answered, and large ones only as long as the process can carry them.
"""

from typing import Self

from starlette.types import Scope

from serving.errors import TooBusy

# What each request may hold without being asked: a thousand of them hold 16 MB.
ALLOWANCE = 16_384
_KEY = "derivable.share"


class Budget:
    """Bytes that are left for requests."""

    def __init__(self, most: int):
        self._most, self.taken = most, 0

    def take(self, size: int) -> None:
        """Take so many bytes.

        Raises:
            TooBusy: there are not as many left.
        """
        if self.taken + size > self._most:
            raise TooBusy("other requests hold all of the memory that there is for them: try again")
        self.taken += size

    def give(self, size: int) -> None:
        """Give so many back."""
        self.taken -= size


class Share:
    """What one request holds of the budget, to the end of the block that it is used in."""

    def __init__(self, budget: Budget):
        self._budget, self._held, self._taken = budget, 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._budget.give(self._taken)
        self._held = self._taken = 0

    def hold(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            TooBusy: there are not as many left.
        """
        if (more := self._held + size - ALLOWANCE - self._taken) > 0:
            self._budget.take(more)
            self._taken += more
        self._held += size

    def release(self, size: int) -> None:
        """Hold so many bytes less."""
        self._held -= size
        if (less := self._taken - max(0, self._held - ALLOWANCE)) > 0:
            self._budget.give(less)
            self._taken -= less


def sharing(scope: Scope, budget: Budget) -> Share:
    """Give a request its share."""
    share = scope[_KEY] = Share(budget)
    return share


def share_of(scope: Scope) -> Share:
    """The share that a request was given."""
    share: Share = scope[_KEY]
    return share
