"""What a function to approximate is."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from training.arrays import Array


class Target(Protocol):
    """A function of one variable that can be differentiated exactly."""

    @property
    def name(self) -> str:
        """The target as a user writes it."""

    def derivative(self, x: Array, order: int = 0) -> Array:
        """The derivative of the given order at x (n,), shape (n,); order 0 is the function itself."""


@runtime_checkable
class AllOrders(Protocol):
    """A function that has all its derivatives at once, for little more than the highest of them costs."""

    def derivatives(self, x: Array, highest: int) -> Sequence[Array] | Array:
        """The derivatives up to the highest at x (n,), each (n,)."""


def derivatives(target: Target, x: Array, highest: int) -> Sequence[Array] | Array:
    """The derivatives up to the highest at x (n,), each (n,), at once where the target can."""
    if isinstance(target, AllOrders):
        return target.derivatives(x, highest)
    return [target.derivative(x, order) for order in range(highest + 1)]
