"""Question 1: how often trainings fail, and for which settings."""

import numpy as np
from matplotlib.figure import Figure

from training.arrays import Array
from training.evaluation.failure_rate import Rate
from training.plotting.style import BLUE, FAILED, ORANGE, finish, legend, new
from training.regression.config import FitConfig
from training.regression.success import FAILED_PART
from training.reproduction.answers import Answer, Question, verdict
from training.reproduction.figures import NARROW, WIDE
from training.reproduction.needs import Budget, Need, described, setting, standardised
from training.reproduction.results import Results, variance
from training.reproduction.statistics import Spread, more_often, number, said, told

# The study's own settings, then narrower networks and shorter trainings.
_STUDIED = (WIDE, NARROW)
_SHORT = setting(30, 5, 100)
_THIN = setting(10, 15, 100)
_SETTINGS = (*_STUDIED, setting(30, 30, 200), setting(20, 15, 100), _THIN, setting(5, 15, 100), _SHORT)
# Who fails less often than that is not said to fail at random.
_SELDOM = 0.05


def _needs(budget: Budget) -> list[Need]:
    return [Need(s, budget.many) for each in _SETTINGS for s in (each, standardised(each))]


def fails_at_random(rate: Rate) -> bool | None:
    """Whether some trainings fail and others do not; None where too few were tried to see it."""
    low, high = rate.interval
    if 0 < rate.failed < rate.trainings:
        return True
    return False if high < _SELDOM or low > 1 - _SELDOM else None


def _answer(results: Results) -> Answer:
    rates = {s: results.rate(s) for each in _SETTINGS for s in (each, standardised(each))}
    found = [fails_at_random(rates[s]) for s in _STUDIED]
    some = True if True in found else None if None in found else False
    metrics = {f"failure_rate_{_slug(s)}": rates[s].value for s in _SETTINGS}
    metrics |= {f"standardised_failure_rate_{_slug(s)}": rates[standardised(s)].value for s in _SETTINGS}
    metrics |= {"median_gain_of_standardising_wide": _gain(results, WIDE)}
    rows = [
        [described(s), *(cell for each in (s, standardised(s)) for cell in _cells(results, each))] for s in _SETTINGS
    ]
    header = ["setting", "failed (95 % interval)", "difference / variance: median (10 % to 90 %), largest"]
    header += [f"{name}, standardised" for name in header[1:]]
    return Answer(
        verdict(some),
        _sentence(results, rates),
        _standardised(results, rates),
        header,
        rows,
        (15, 16, 34),
        metrics,
        _figure(results),
    )


def _sentence(results: Results, rates: dict[FitConfig, Rate]) -> str:
    wide, narrow = (Spread.of(results.mse(s)) for s in _STUDIED)
    fails = said(fails_at_random(rates[WIDE]), "fails at random", "does not fail at random", results.budget.many)
    return (
        f"Trained as the study did, h=200 (30 epochs, batch 200) failed in {told(rates[WIDE])} trainings, with a "
        f"largest difference of {number(max(results.mse(WIDE)))} where the median is {number(wide.median)}: it "
        f"{fails}; h=30 (15 epochs, batch 100) failed in {told(rates[NARROW])} (largest "
        f"{number(max(results.mse(NARROW)))}, median {number(narrow.median)}), narrower networks (h=10, 15 epochs, "
        f"batch 100) in {told(rates[_THIN])}, and trainings with few steps (h=30, 5 epochs, batch 100) in "
        f"{told(rates[_SHORT])}."
    )


def _standardised(results: Results, rates: dict[FitConfig, Rate]) -> str:
    gain = _gain(results, WIDE)
    fewer = more_often(rates[standardised(WIDE)], rates[WIDE])
    cause = said(
        fewer,
        "what explains the failures of wide networks is that nothing was scaled",
        "the failures of wide networks have another cause than the scale",
        results.budget.many,
    )
    return (
        f"Of the wide ones {told(rates[standardised(WIDE)])} fail, and their median difference is {number(gain)} times "
        f"smaller ({number(Spread.of(results.mse(standardised(WIDE))).median)}): {cause}. Of those with h=30 "
        f"{told(rates[standardised(NARROW)])} fail and the median is {number(_gain(results, NARROW))} times smaller; "
        f"with h=10 {told(rates[standardised(_THIN)])} fail."
    )


def _gain(results: Results, s: FitConfig) -> float:
    """How many times standardising divides the median difference."""
    return Spread.of(results.mse(s)).median / Spread.of(results.mse(standardised(s))).median


def _cells(results: Results, s: FitConfig) -> list[str]:
    errors = results.relative(s)
    return [told(results.rate(s)), f"{Spread.of(errors)}, {number(max(errors))}"]


def _slug(s: FitConfig) -> str:
    return f"h{s.hidden[0]}_e{s.epochs}_b{s.batch_size}"


def _figure(results: Results) -> Figure:
    """How many trainings end below each difference, as the study trained and standardised."""
    figure, (axes,) = new(width=9, height=4.8)
    for s, colour in zip(_STUDIED, (BLUE, ORANGE), strict=True):
        name = f"h={s.hidden[0]}, {s.epochs} epochs, batch {s.batch_size}"
        for each, line, how in ((s, "-", "as the study"), (standardised(s), "--", "standardised")):
            axes.ecdf(_finite(results, each), color=colour, linestyle=line, label=f"{name}: {how}")
    axes.axvline(
        FAILED_PART * variance(WIDE), color=FAILED, linewidth=1, linestyle=":", label="counted as failed beyond"
    )
    axes.set_xscale("log")
    said = f"Trainings that end below an error, {len(results.mse(WIDE))} seeds each"
    finish(axes, said, "mean squared error", "part of the trainings that end below")
    legend(figure)
    return figure


def _finite(results: Results, s: FitConfig) -> Array:
    """The errors, a divergence as the largest."""
    errors: Array = np.nan_to_num(np.array(results.mse(s)), nan=1.0, posinf=1.0)
    return errors


QUESTION = Question(
    "Some trainings fail at random. How often, for which settings?",
    _needs,
    _answer,
)
