"""How often trainings fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

# The normal quantile of a two-sided 95 % interval.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """How many of some trainings have failed, with a 95 % interval for the probability behind it."""

    failed: int
    trainings: int

    @classmethod
    def of(cls, failed: Sequence[bool]) -> "Rate":
        """The rate among these trainings, of which there is at least one."""
        return cls(sum(failed), len(failed))

    @property
    def value(self) -> float:
        """The part that has failed."""
        return self.failed / self.trainings

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (E. B. Wilson, 1927): it holds its 95 % for few trainings and rates near 0 too."""
        n, p = self.trainings, self.value
        center = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return max(0.0, center - half), min(1.0, center + half)
