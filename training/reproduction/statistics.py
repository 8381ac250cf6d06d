"""What is said of many runs: medians with quantiles, and how two sets of runs differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

import numpy as np
from scipy.stats import fisher_exact, mannwhitneyu

from training.evaluation.failure_rate import Rate
from training.evaluation.quantiles import quantiles

# Below this p a difference is taken for one.
SIGNIFICANT = 0.01
# A rate of failures that differs by less is the same to who trains.
_MATTERS = 0.1


@dataclass(frozen=True)
class Spread:
    """The median of some numbers and the quantiles beside it; numbers that are not finite count as the largest."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """The spread of a number for each run, of which there is at least one."""
        return cls(*quantiles(values))

    @property
    def ratio(self) -> float:
        """How many times the high one is the low one: what chance does."""
        return self.high / self.low

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)} to {number(self.high)})"


def lower(first: Iterable[float], second: Iterable[float]) -> tuple[float, float]:
    """The probability that a number of the first is below one of the second, and Mann and Whitney's two-sided p."""
    one, other = list(first), list(second)
    found = mannwhitneyu(one, other)
    return 1 - float(found.statistic) / (len(one) * len(other)), float(found.pvalue)


def above(rate: Rate, level: float) -> bool | None:
    """Whether a probability is above a level: None where that lies in its 95 % interval."""
    low, high = rate.interval
    return True if low > level else False if high < level else None


def more_often(first: Rate, second: Rate) -> bool | None:
    """Whether failures are more likely in the second than in the first.

    False where they are less likely, or the intervals leave no room for a difference that matters; else None.
    """
    if different(first, second) < SIGNIFICANT:
        return second.value > first.value
    return False if second.interval[1] - first.interval[0] < _MATTERS else None


def closer(first: Iterable[float], second: Iterable[float]) -> bool | None:
    """Whether trainings of the first end closer than those of the second; None where chance may be the reason."""
    wins, p = lower(first, second)
    return wins > 0.5 if p < SIGNIFICANT else None


def can_differ(seeds: int, p: float = SIGNIFICANT) -> bool:
    """Whether so many trainings of each of two settings can show a difference at all: were all of one closer."""
    return 2 / comb(2 * seeds, seeds) < p


def said(decision: bool | None, yes: str, no: str, seeds: int) -> str:
    """One of two claims, or that there are too few seeds for either."""
    return undecided(seeds) if decision is None else yes if decision else no


def undecided(seeds: int) -> str:
    """What is said where there are too few seeds for a claim."""
    return f"not decided by {seeds} seeds"


def different(first: Rate, second: Rate) -> float:
    """Fisher's exact two-sided p of two rates being the same."""
    table = [[rate.failed, rate.trainings - rate.failed] for rate in (first, second)]
    return float(fisher_exact(table).pvalue)


def told(rate: Rate) -> str:
    """A rate as `3 of 100 (1% to 8.5%)`, with the 95 % confidence interval in brackets."""
    low, high = rate.interval
    return f"{rate.failed} of {rate.trainings} ({percent(low)} to {percent(high)})"


def number(value: float) -> str:
    """Two digits, as 1.2e-9, 0.012, 35 or 1,200."""
    if not np.isfinite(value):
        return "diverged"
    if value != 0 and abs(value) < 1e-2:
        return f"{value:.1e}".replace("e-0", "e-")
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def probability(p: float) -> str:
    """A probability as `p = 0.03` or `p < 0.001`."""
    return f"p = {p:.2g}" if p >= 1e-3 else "p < 0.001"


def percent(part: float) -> str:
    """A part as 3% or 0.4%."""
    digits = f"{100 * part:.0f}" if abs(part) > 0.0995 or abs(part) < 0.0005 else f"{100 * part:.2g}"
    return f"{digits}%"
