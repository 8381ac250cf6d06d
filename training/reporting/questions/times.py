"""Question 3: whether the time has a jump near h = 150 and a pattern below h = 100."""

from collections.abc import Sequence

import numpy as np
from scipy.signal import medfilt

from training.networks import Array
from training.reporting.answers import Answer, Question, Verdict
from training.reporting.figures import ABOVE_100, BELOW_100, WIDE, Times, thinned, varied
from training.reporting.needs import Budget, Need
from training.reporting.results import Results
from training.reporting.statistics import SIGNIFICANT, lower, percent, probability

_NEAR = (140, 160)
# Kernels work on blocks of so many numbers.
_BLOCK = 8
# Over so many neighbours the time is smooth.
_WINDOW = 5


def _needs(budget: Budget) -> list[Need]:
    ranges = BELOW_100, ABOVE_100
    return [need for values in ranges for need in Times(WIDE, "hidden", values, by_run=True).needs(budget)]


def _answer(results: Results) -> Answer:
    jump, where, noise = _jump(results)
    blocks, others = _residuals(results)
    wins, p = lower(blocks, others)
    gain = float(np.median(others) - np.median(blocks))
    is_jump = _NEAR[0] <= where <= _NEAR[1] and jump > 3 * noise
    is_pattern = p < SIGNIFICANT and gain > 0
    sentence = (
        f"The largest step of the time above h=100, beyond a smooth curve, is {percent(jump)} at h={where}, where "
        f"repeated runs differ by {percent(noise)}: "
        f"{'a discontinuity there' if is_jump else 'no discontinuity near 150'}; "
        f"below 100 networks with h a multiple of {_BLOCK} take {percent(abs(gain))} "
        f"{'less' if gain > 0 else 'more'} time "
        f"than their neighbours ({probability(p)}): "
        f"{'a pattern, that of the kernels' if is_pattern else 'no clear pattern'}."
    )
    rows = [
        ["largest step above h=100", f"{percent(jump)} at h={where}", f"repeats differ by {percent(noise)}"],
        [
            f"multiples of {_BLOCK} below h=100",
            f"{percent(abs(gain))} {'less' if gain > 0 else 'more'} time",
            probability(p),
        ],
        [
            "a multiple is faster than another width",
            f"probability {percent(wins)}",
            f"{len(blocks)} and {len(others)} runs",
        ],
    ]
    verdict: Verdict = (
        "holds" if is_jump and is_pattern else "holds in part" if is_jump or is_pattern else "contradicted"
    )
    metrics = {"largest_step": jump, "largest_step_h": float(where), "multiples_gain": gain, "multiples_p": p}
    return Answer(verdict, sentence, ["what", "measured", "beside"], rows, (31, 32, 33), metrics)


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
    """How far each run below 100 is from its neighbours, as a part: widths that are multiples of a block, and "
    "others."""
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
