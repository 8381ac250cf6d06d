"""A domain in several variables: a box, one interval for each named variable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.errors import InvalidParameter

_EXAMPLE = "x:-2,2; y:-1,1"
# Corners are looked at, up to so many.
_MOST_CORNERS = 1_024


@dataclass(frozen=True)
class Box:
    """The product of d intervals [low, high].

    Attributes:
        variables: the d names.
        lows, highs: the d ends.
    """

    variables: tuple[str, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]

    def __post_init__(self) -> None:
        if repeated := [name for name in self.variables if self.variables.count(name) > 1]:
            raise InvalidParameter(f"domain: {repeated[0]} is there twice")
        for name, low, high in zip(self.variables, self.lows, self.highs, strict=True):
            if not (np.isfinite([low, high, high - low]).all() and low < high):
                raise InvalidParameter(f"domain: {name}:{low:g},{high:g} is no interval: low < high, both finite")

    @classmethod
    def parse(cls, text: str) -> "Box":
        """The box of a text such as x:-2,2; y:-1,1.

        Raises:
            InvalidParameter: it is not written like that, or an interval is empty.
        """
        names: list[str] = []
        lows: list[float] = []
        highs: list[float] = []
        for part in text.strip().removesuffix(";").split(";"):
            name, colon, interval = (piece.strip() for piece in part.partition(":"))
            ends = interval.split(",")
            try:
                low, high = map(float, ends)
            except ValueError:
                low = high = np.nan
            if not (name and colon and len(ends) == 2) or np.isnan([low, high]).any():
                raise InvalidParameter(f"domain: {part.strip()!r} is not name:low,high, as in {_EXAMPLE!r}")
            names, lows, highs = [*names, name], [*lows, low], [*highs, high]
        return cls(tuple(names), tuple(lows), tuple(highs))

    @classmethod
    def around(cls, variables: Sequence[str], x: Array) -> "Box":
        """The smallest box that has the samples x (n, d) in it.

        Raises:
            InvalidParameter: a variable has the same value in all of them.
        """
        lows, highs = x.min(axis=0), x.max(axis=0)
        if constant := [name for name, low, high in zip(variables, lows, highs, strict=True) if low == high]:
            raise InvalidParameter(f"domain: {', '.join(constant)} has the same value in all samples; leave that out")
        return cls(tuple(variables), tuple(map(float, lows)), tuple(map(float, highs)))

    def __str__(self) -> str:
        """The text that `parse` reads."""
        ends = zip(self.variables, self.lows, self.highs, strict=True)
        return "; ".join(f"{name}:{low!r},{high!r}".replace(".0,", ",").removesuffix(".0") for name, low, high in ends)

    @property
    def dimension(self) -> int:
        """How many variables there are."""
        return len(self.variables)

    @property
    def center(self) -> Array:
        """The middle, (d,)."""
        # Halved first: the sum may be beyond float64.
        return np.asarray(self.lows) / 2 + np.asarray(self.highs) / 2

    @property
    def half_widths(self) -> Array:
        """The distance from the middle to the ends, (d,)."""
        return np.asarray(self.highs) / 2 - np.asarray(self.lows) / 2

    def inside(self, x: Array) -> NDArray[np.bool_]:
        """Which variables of points x (n, d) are on their intervals, (n, d)."""
        return np.asarray((self.lows <= x) & (x <= self.highs))

    def contains(self, x: Array) -> NDArray[np.bool_]:
        """Which points x (n, d) are in the box, (n,)."""
        return np.asarray(self.inside(x).all(axis=1))

    def scale(self, x: Array) -> Array:
        """Points x (n, d) as u (n, d), on [-1, 1] in each variable."""
        return np.asarray((x - self.center) / self.half_widths)

    def unscale(self, u: Array) -> Array:
        """The points x (n, d) of u (n, d); the ends of the intervals for -1 and 1."""
        return np.clip(self.center + self.half_widths * u, self.lows, self.highs)

    def landmarks(self) -> Array:
        """The middle, the corners, and places where some variables are 0: where formulas are likely to be singular."""
        d = self.dimension
        sides = (
            np.array(np.meshgrid(*[[-1.0, 1.0]] * d)).reshape(d, -1).T if 2**d <= _MOST_CORNERS else np.zeros((0, d))
        )
        marked = self.unscale(np.concatenate([np.zeros((1, d)), sides, -np.ones((1, d)), np.ones((1, d))]))
        zeroed = np.where((np.asarray(self.lows) <= 0) & (np.asarray(self.highs) >= 0), 0.0, marked[:1])
        each = np.where(np.eye(d, dtype=bool), zeroed, marked[:1])
        return np.unique(np.concatenate([marked, zeroed, each]), axis=0)
