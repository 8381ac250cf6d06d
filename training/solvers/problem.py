"""What a solver is asked to fit."""

from dataclasses import dataclass

from training.arrays import Array
from training.features.resolution import Density


@dataclass(frozen=True)
class Problem:
    """Samples of a scaled function, and the network that is to fit them.

    Attributes:
        x: on [-1, 1], (n,).
        y: the values, and below them given derivatives, order by order, (rows,).
        weights: of the rows, (rows,).
        hidden: units of each hidden layer; none where the solver finds them.
        activation: of the hidden layers.
        seed: of what is drawn.
        density: how closely units are to stand where, if that is not everywhere alike.
        noise: what it is like, or `auto`.
        period: of what repeats itself, in units of x.
    """

    x: Array
    y: Array
    weights: Array
    hidden: tuple[int, ...]
    activation: str
    seed: int
    density: Density | None = None
    noise: str = "auto"
    period: float | None = None

    @property
    def order(self) -> int:
        """The order of the highest given derivative."""
        return len(self.y) // len(self.x) - 1
