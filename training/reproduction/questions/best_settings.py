"""Question 7: whether the best settings change with the number of points and the standard deviation."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from training.plotting.style import SERIES, finish, legend, new
from training.regression.config import FitConfig
from training.reproduction.answers import Answer, Question, Verdict
from training.reproduction.needs import Budget, Need, setting
from training.reproduction.results import Results, variance
from training.reproduction.statistics import Spread, can_differ, closer, lower, number, probability, said

# The study's gaussian, then others: the number of points, and the standard deviation.
_HOME, _FEW = (10_001, 1.0), (500, 1.0)
_CASES = (_HOME, _FEW, (10_001, 0.3), (10_001, 3.0))
# One that differs much is enough to see what standardising changes.
_SCALED = (_HOME, _FEW)
# Of each width and batch size, how many times the samples of the study's 15 epochs are seen, at least as often as the
# time of the compromise allows: narrow networks and large batches are faster.
_WIDTHS = {10: 1.0, 30: 1.0, 100: 0.25}
_BATCHES = {20: 1.0, 100: 2.0, 500: 4.0}
_COMPROMISE = (30, 100)
_SAMPLES_SEEN = 15 * 10_001


@dataclass(frozen=True)
class Candidate:
    """A setting stopped in the time that the study's compromise takes, and the errors that its runs then have."""

    width: int
    batch: int
    epochs: int
    errors: list[float]

    @property
    def error(self) -> Spread:
        """The median error of the runs."""
        return Spread.of(self.errors)


Cases = Mapping[tuple[int, float], list[Candidate]]


def _needs(budget: Budget) -> list[Need]:
    return [
        Need(_setting(*case, width, batch, scaled), budget.seeds)
        for scaled, cases in ((False, _CASES), (True, _SCALED))
        for case in cases
        for width in _WIDTHS
        for batch in _BATCHES
    ]


def candidates(results: Results, points: int, std: float, scaled: bool = False) -> list[Candidate]:
    """Every setting, within the time of the study's compromise (h=30, batch 100, as many samples as in 15 epochs)."""
    compromise = _setting(points, std, *_COMPROMISE, scaled)
    seconds = _seconds_per_epoch(results, compromise) * compromise.epochs / _BATCHES[_COMPROMISE[1]]
    found = []
    for width in _WIDTHS:
        for batch in _BATCHES:
            s = _setting(points, std, width, batch, scaled)
            epochs = min(s.epochs, math.floor(seconds / _seconds_per_epoch(results, s)))
            if epochs:
                found.append(Candidate(width, batch, epochs, [mse / variance(s) for mse in results.after(s, epochs)]))
    return found


def _answer(results: Results) -> Answer:
    cases = {case: candidates(results, *case) for case in _CASES}
    scaled = {case: candidates(results, *case, scaled=True) for case in _SCALED}
    gains = {case: _gain(found) for case, found in cases.items()}
    rows = [_row(case, found, "") for case, found in cases.items()]
    rows += [_row(case, found, ", standardised") for case, found in scaled.items()]
    header = [
        "points",
        "std",
        "best: h",
        "batch",
        "epochs",
        "difference / variance: median (10 % to 90 %)",
        "gain",
        "p",
    ]
    metrics = {f"best_setting_gain_{points}_std_{std:g}": gain for (points, std), gain in gains.items()}
    decided: Verdict = "not decided" if _changes(cases) is None else "answered"
    sentence, change = (_said(found, results.budget.seeds) for found in (cases, scaled))
    return Answer(decided, sentence, change, header, rows, (), metrics, _figure(cases))


def _changes(cases: Cases) -> bool | None:
    """Whether the best setting of a gaussian is not that of the study's; None where chance may have chosen it."""
    home, *others = cases.values()
    best = _best(home)
    beaten = [closer(_best(found).errors, _same(found, best).errors) for found in others]
    # That nothing is better takes as many seeds as would show it.
    return True if any(beaten) else False if can_differ(len(best.errors)) else None


def _said(cases: Cases, seeds: int) -> str:
    case = max(cases, key=lambda case: _gain(cases[case]))
    home, best = _best(cases[_HOME]), _best(cases[case])
    changes = said(_changes(cases), "the best settings change", "the best settings stay the same", seeds)
    return (
        f"{changes[0].upper()}{changes[1:]}. In the time of the compromise (h=30, batch 100) the best of "
        f"{len(_WIDTHS) * len(_BATCHES)} settings is h={home.width}, batch {home.batch} for the study's gaussian; "
        f"where it matters most ({case[0]:,} points, standard deviation {case[1]:g}) h={best.width}, batch "
        f"{best.batch} has a difference {number(_gain(cases[case]))} times smaller than the compromise's "
        f"({probability(lower(best.errors, _compromise(cases[case]).errors)[1])})."
    )


def _best(found: list[Candidate]) -> Candidate:
    return min(found, key=lambda c: c.error.median)


def _same(found: list[Candidate], other: Candidate) -> Candidate:
    """The candidate with the setting of another; the best, where that takes too long."""
    return next((c for c in found if (c.width, c.batch) == (other.width, other.batch)), _best(found))


def _gain(found: list[Candidate]) -> float:
    return _compromise(found).error.median / _best(found).error.median


def _setting(points: int, std: float, width: int, batch: int, scaled: bool) -> FitConfig:
    epochs = round(_WIDTHS[width] * _BATCHES[batch] * _SAMPLES_SEEN / points)
    return setting(width, epochs, batch, points, std=std, standardise=scaled)


def _seconds_per_epoch(results: Results, s: FitConfig) -> float:
    """Each run's part of the time of those trained together."""
    return Spread.of(outcome.seconds for outcome in results.together(s)).median / s.epochs


def _compromise(found: list[Candidate]) -> Candidate:
    (one,) = (c for c in found if (c.width, c.batch) == _COMPROMISE)
    return one


def _row(case: tuple[int, float], found: list[Candidate], how: str) -> list[str]:
    best = _best(found)
    p = lower(best.errors, _compromise(found).errors)[1]
    return [
        *(f"{case[0]:,}{how}", f"{case[1]:g}", str(best.width), str(best.batch), f"{best.epochs:,}"),
        *(str(best.error), f"{number(_gain(found))} times", probability(p)),
    ]


def _figure(cases: Cases) -> Figure:
    """The errors of all settings, a group for each gaussian."""
    figure, (axes,) = new(width=9, height=4.8)
    for batch, marker in zip(_BATCHES, "os^", strict=True):
        for width, colour in zip(_WIDTHS, SERIES[: len(_WIDTHS)], strict=True):
            found = [(place, c) for place, each in enumerate(cases.values()) for c in each]
            errors = {place: c.error.median for place, c in found if (c.width, c.batch) == (width, batch)}
            style = {"color": colour, "marker": marker, "linestyle": "none", "label": f"h={width}, batch {batch}"}
            axes.semilogy(list(errors), list(errors.values()), **style)
    axes.set_xticks(range(len(cases)), [f"{points:,} points\nstd {std:g}" for points, std in cases])
    axes.set_xlim(-0.5, len(cases) - 0.5)
    said = "Best settings in the time of the compromise, medians of the seeds"
    finish(axes, said, "the gaussian and its samples", "mean squared error / variance of f")
    legend(figure)
    return figure


QUESTION = Question(
    "Do the best settings change for other gaussians: with the number of points, with the standard deviation?",
    _needs,
    _answer,
)
