"""What is said of many runs: medians with quantiles, and how two sets of runs differ."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact, mannwhitneyu

from training.failure import Rate

# The quantiles that stand beside a median: eight runs of ten lie between them.
LOW, HIGH = 0.1, 0.9
# Below this p a difference is taken for one.
SIGNIFICANT = 0.01


@dataclass(frozen=True)
class Spread:
    """The median of some numbers and the quantiles beside it; numbers that are not finite count as the largest."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Of a number for each run, of which there is at least one."""
        each = np.array(list(values), np.float64)
        each[~np.isfinite(each)] = np.inf
        # Each is the number of a run: between a finite and an infinite one there is no mean.
        low, median, high = np.quantile(each, (LOW, 0.5, HIGH), method="inverted_cdf")
        return cls(float(low), float(median), float(high))

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


def different(first: Rate, second: Rate) -> float:
    """Fisher's exact two-sided p of two rates being the same."""
    table = [[rate.failed, rate.trainings - rate.failed] for rate in (first, second)]
    return float(fisher_exact(table).pvalue)


def told(rate: Rate) -> str:
    """As `3 of 100 (1% to 8.5%)`, the 95 % confidence interval in brackets."""
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
    """As `p = 0.03` or `p < 0.001`."""
    return f"p = {p:.2g}" if p >= 1e-3 else "p < 0.001"


def percent(part: float) -> str:
    """As 3% or 0.4%."""
    digits = f"{100 * part:.0f}" if abs(part) > 0.0995 or abs(part) < 0.0005 else f"{100 * part:.2g}"
    return f"{digits}%"
