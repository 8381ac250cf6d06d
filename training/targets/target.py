"""What a function to approximate is."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Target(Protocol):
    """A function of one variable that can be differentiated exactly."""

    @property
    def name(self) -> str:
        """The target as a user writes it."""

    def derivative(self, x: Array, order: int = 0) -> Array:
        """The derivative of the given order at x (n,), shape (n,); order 0 is the function itself."""
