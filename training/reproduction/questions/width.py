"""Question 2: whether wide networks are more random, and narrow ones faster and more precise."""

from collections.abc import Sequence

import numpy as np

from training.evaluation.failure_rate import Rate
from training.regression.config import FitConfig
from training.reproduction.answers import Answer, Question, verdict
from training.reproduction.figures import WIDE, varied
from training.reproduction.needs import Budget, Need, standardised
from training.reproduction.results import Results
from training.reproduction.statistics import Spread, closer, more_often, number, said, told

_WIDTHS = (10, 20, 30, 50, 100, 150, 200)
_NARROW = varied(WIDE, "hidden", 30)
_COMPARED = (_NARROW, WIDE)


def _needs(budget: Budget) -> list[Need]:
    settings = [varied(WIDE, "hidden", h) for h in _WIDTHS]
    compared = [Need(s, budget.many) for each in _COMPARED for s in (each, standardised(each))]
    timed = [Need(s, 1, max(3, budget.repeats)) for s in settings]
    return [*compared, *(Need(s, budget.seeds) for s in settings if s not in _COMPARED), *timed]


def worst_tenths(narrow: Sequence[float], wide: Sequence[float]) -> tuple[Rate, Rate]:
    """Count the narrow and the wide ones among the tenth of all trainings that ended farthest from the function."""
    bound = Spread.of([*narrow, *wide]).high
    first, second = (Rate.of([not error <= bound for error in errors]) for errors in (narrow, wide))
    return first, second


def is_faster(narrow: Sequence[float], wide: Sequence[float]) -> bool | None:
    """Whether all repeats say so."""
    return True if max(narrow) < min(wide) else False if min(narrow) > max(wide) else None


def _answer(results: Results) -> Answer:
    narrow, wide = (results.mse(s) for s in _COMPARED)
    seconds = [results.seconds(s) for s in _COMPARED]
    faster = is_faster(*seconds)
    random = more_often(results.rate(_NARROW), results.rate(WIDE))
    precise = more_often(*worst_tenths(narrow, wide))
    ratio = float(np.median(seconds[1]) / np.median(seconds[0]))
    metrics = {"wide_seconds_ratio": ratio, "spread_h30": Spread.of(narrow).ratio, "spread_h200": Spread.of(wide).ratio}
    metrics |= {"standardised_wide_gain": _gain(results)}
    return Answer(
        verdict(faster, random, precise),
        _sentence(results, ratio, random, precise),
        _standardised(results),
        ["h", "difference: median (10 % to 90 %)", "90 % / 10 %", "failed (95 % interval)", "time"],
        [_row(results, h) for h in _WIDTHS],
        (19, 20, 21, 22, 31),
        metrics,
    )


def _sentence(results: Results, ratio: float, random: bool | None, precise: bool | None) -> str:
    many = results.budget.many
    narrow, wide = (Spread.of(results.mse(s)) for s in _COMPARED)
    seconds = number(float(np.median(results.seconds(_NARROW))))
    return (
        f"Narrow networks are faster (h=30 takes {seconds} s, h=200 {number(ratio)} times as long). With 30 epochs and "
        f"batch 200 {told(results.rate(WIDE))} of the wide ones fail and {told(results.rate(_NARROW))} of the narrow "
        f"ones: that wide ones are more random {said(random, 'is so', 'is not so', many)}. Nine of ten narrow ones end "
        f"below {number(narrow.high)}, nine of ten wide ones below {number(wide.high)}, where the medians are "
        f"{number(narrow.median)} and {number(wide.median)}: that narrow ones are more precise, in that fewer of them "
        f"end far away, {said(precise, 'is so', 'is not so', many)}."
    )


def _standardised(results: Results) -> str:
    narrow, wide = (standardised(s) for s in _COMPARED)
    reverse = closer(results.mse(wide), results.mse(narrow))
    precise = said(reverse, "wide ones", "narrow ones", results.budget.many)
    return (
        f"{told(results.rate(wide))} of the wide ones fail and {told(results.rate(narrow))} of the narrow ones. The "
        f"more precise: {precise}, with medians of {number(Spread.of(results.mse(wide)).median)} for h=200 and "
        f"{number(Spread.of(results.mse(narrow)).median)} for h=30."
    )


def _gain(results: Results) -> float:
    """How many times closer to the function wide networks are than narrow ones, standardised."""
    narrow, wide = (Spread.of(results.mse(standardised(s))).median for s in _COMPARED)
    return narrow / wide


def _row(results: Results, h: int) -> list[str]:
    s: FitConfig = varied(WIDE, "hidden", h)
    spread = Spread.of(results.mse(s))
    return [str(h), str(spread), number(spread.ratio), told(results.rate(s)), f"{Spread.of(results.seconds(s))} s"]


QUESTION = Question(
    "Wide networks look more random; narrow ones faster and more precise. Is it so?",
    _needs,
    _answer,
)
