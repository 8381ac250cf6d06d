"""Question 3: whether the time has a jump near h = 150 and a pattern below h = 100."""

from collections.abc import Sequence

import numpy as np
from scipy.signal import medfilt

from training.arrays import Array
from training.reproduction.answers import Answer, Question, verdict
from training.reproduction.figures import ABOVE_100, BELOW_100, WIDE, Times, thinned, varied
from training.reproduction.needs import Budget, Need, standardised
from training.reproduction.results import Results
from training.reproduction.statistics import SIGNIFICANT, lower, percent, probability

_NEAR = (140, 160)
# Kernels work on blocks of so many numbers.
_BLOCK = 8
# With fewer widths above 100, or fewer runs of multiples of a block, nothing is said; nor where what repeated runs
# differ by would hide a step of that part.
_WIDTHS, _RUNS, _SEEN = 8, 20, 0.3
_REPEATS = 3
# Over so many neighbours the time is smooth.
_WINDOW = 5


def _needs(budget: Budget) -> list[Need]:
    ranges = BELOW_100, ABOVE_100
    studied = [need for values in ranges for need in Times(WIDE, "hidden", values, by_run=True).needs(budget)]
    return [*studied, Need(WIDE, 1, _REPEATS), Need(standardised(WIDE), 1, _REPEATS)]


def _answer(results: Results) -> Answer:
    jump, where, noise = _jump(results)
    blocks, others = _residuals(results)
    wins, p = lower(blocks, others)
    gain = float(np.median(others) - np.median(blocks))
    widths = len(_seconds(results, ABOVE_100))
    is_jump = has_jump(jump, where, noise, widths)
    is_pattern = has_pattern(gain, p, min(len(blocks), len(others)))
    named = f"{percent(abs(gain))} {'less' if gain > 0 else 'more'} time"
    sentence = (
        f"The largest step of the time above h=100, beyond a smooth curve, is {percent(jump)} at h={where}, where "
        f"repeated runs differ by {percent(noise)}: "
        f"{_told(is_jump, 'a discontinuity there', 'no discontinuity near 150', f'{widths} widths')}; "
        f"below 100 networks with h a multiple of {_BLOCK} take {named} than their neighbours ({probability(p)}): "
        f"{_told(is_pattern, 'a pattern, that of the kernels', 'no clear pattern', f'{len(blocks)} runs of them')}."
    )
    rows = [
        ["largest step above h=100", f"{percent(jump)} at h={where}", f"repeats differ by {percent(noise)}"],
        [f"multiples of {_BLOCK} below h=100", named, probability(p)],
        [
            "a multiple is faster than another width",
            f"probability {percent(wins)}",
            f"{len(blocks)} and {len(others)} runs",
        ],
    ]
    metrics = {"largest_step": jump, "largest_step_h": float(where), "multiples_gain": gain, "multiples_p": p}
    header = ["what", "measured", "beside"]
    return Answer(verdict(is_jump, is_pattern), sentence, _standardised(results), header, rows, (31, 32, 33), metrics)


def has_jump(jump: float, where: int, noise: float, widths: int) -> bool | None:
    """Whether the time has one near 150; None where few widths, or noise, would hide it."""
    if widths < _WIDTHS:
        return None
    if _NEAR[0] <= where <= _NEAR[1] and jump > 3 * noise:
        return True
    return False if 3 * noise < _SEEN else None


def has_pattern(gain: float, p: float, runs: int) -> bool | None:
    """Whether multiples of a block are faster; None where so few runs of them would not show it."""
    return True if p < SIGNIFICANT and gain > 0 else False if runs >= _RUNS else None


def _told(decision: bool | None, yes: str, no: str, evidence: str) -> str:
    return f"not decided by {evidence}" if decision is None else yes if decision else no


def _standardised(results: Results) -> str:
    as_it_is, scaled = (np.array(results.seconds(s)) for s in (WIDE, standardised(WIDE)))
    more = float(np.median(scaled) / np.median(as_it_is) - 1)
    noise = float(np.ptp(as_it_is) / np.median(as_it_is))
    return (
        f"The arithmetic is the same: with h=200 a training takes {percent(abs(more))} "
        f"{'more' if more > 0 else 'less'} time, where repeated runs differ by {percent(noise)}."
    )


def _jump(results: Results) -> tuple[float, int, float]:
    """The largest residual step between neighbours above 100 from a parabola, its place, and the spread of repeats."""
    seconds = _seconds(results, ABOVE_100)
    widths, medians = list(seconds), np.array([np.median(each) for each in seconds.values()])
    smooth = np.polyval(np.polyfit(widths, medians, 2), widths)
    steps = np.abs(np.diff((medians - smooth) / medians))
    noise = float(np.median([np.ptp(each) / np.median(each) for each in seconds.values()]))
    largest = int(np.argmax(steps))
    return float(steps[largest]), widths[largest + 1], noise


def _residuals(results: Results) -> tuple[list[float], list[float]]:
    """How far each run below 100 is from its neighbours, as a part: of multiples of a block, and of other widths."""
    each = _seconds(results, BELOW_100)
    medians: Array = np.array([np.median(seconds) for seconds in each.values()])
    smooth = dict(zip(each, medfilt(medians, _WINDOW), strict=True))
    # At the ends there are no neighbours on one side.
    inside = list(each)[_WINDOW // 2 : -(_WINDOW // 2)]
    blocks = [s / smooth[h] - 1 for h in inside if h % _BLOCK == 0 for s in each[h]]
    others = [s / smooth[h] - 1 for h in inside if h % _BLOCK for s in each[h]]
    return blocks, others


def _seconds(results: Results, widths: Sequence[int]) -> dict[int, list[float]]:
    """The times of each width that was timed."""
    timed = thinned(widths, results.budget.time_stride)
    return {h: results.seconds(varied(WIDE, "hidden", h)) for h in timed}


QUESTION = Question(
    "The time has a discontinuity near h = 150 and a regular pattern below 100. Is it so?",
    _needs,
    _answer,
)
