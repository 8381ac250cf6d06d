"""Question 7: whether the best settings change with the number of points and the standard deviation."""

import math
from dataclasses import dataclass

from matplotlib.figure import Figure

from training.config import FitConfig
from training.plots import finish
from training.reporting.answers import Answer, Question
from training.reporting.needs import Budget, Need, setting
from training.reporting.results import Results, variance
from training.reporting.statistics import Spread, number

# The study's gaussian, then others: the number of points, and the standard deviation.
_HOME = (10_001, 1.0)
_FEWER = ((2_000, 1.0), (500, 1.0))
_OTHERS = ((10_001, 0.3), (10_001, 3.0))
_CASES = (_HOME, *_FEWER, *_OTHERS)
# Of each width and batch size, how many times the samples of the study's 15 epochs are seen, at least as often as the
# time of the compromise allows: narrow networks and large batches are faster.
_WIDTHS = {10: 1.0, 30: 1.0, 100: 0.25}
_BATCHES = {20: 1.0, 100: 2.0, 500: 4.0}
_COMPROMISE = (30, 100)
_SAMPLES_SEEN = 15 * 10_001


@dataclass(frozen=True)
class Candidate:
    """A setting stopped in the time that the study's compromise takes, and the error that it then has."""

    width: int
    batch: int
    epochs: int
    error: Spread


def _needs(budget: Budget) -> list[Need]:
    return [
        Need(_setting(points, std, width, batch), budget.seeds)
        for points, std in _CASES
        for width in _WIDTHS
        for batch in _BATCHES
    ]


def candidates(results: Results, points: int, std: float) -> list[Candidate]:
    """Every setting, within the time of the study's compromise (h=30, batch 100, as many samples as in 15 epochs)."""
    compromise = _setting(points, std, *_COMPROMISE)
    seconds = _seconds_per_epoch(results, compromise) * compromise.epochs / _BATCHES[_COMPROMISE[1]]
    found = []
    for width in _WIDTHS:
        for batch in _BATCHES:
            s = _setting(points, std, width, batch)
            epochs = min(s.epochs, math.floor(seconds / _seconds_per_epoch(results, s)))
            if epochs:
                errors = [mse / variance(s) for mse in results.after(s, epochs)]
                found.append(Candidate(width, batch, epochs, Spread.of(errors)))
    return found


def _answer(results: Results) -> Answer:
    cases = {case: candidates(results, *case) for case in _CASES}
    best = {case: min(found, key=lambda c: c.error.median) for case, found in cases.items()}
    settings = {(c.width, c.batch) for c in best.values()}
    gains = {case: _compromise(found).error.median / best[case].error.median for case, found in cases.items()}
    case = max(gains, key=lambda case: gains[case])
    home = best[_HOME]
    sentence = (
        f"{'Yes' if len(settings) > 1 else 'No'}: in the time of the compromise (h=30, batch 100) the best of nine "
        f"settings is h={home.width}, batch {home.batch} for the study's gaussian, and {len(settings)} different "
        f"settings "
        f"win over the five gaussians; where it matters most ({case[0]:,} points, standard deviation {case[1]:g}) "
        f"h={best[case].width}, batch {best[case].batch} has a difference {number(gains[case])} times smaller than the "
        f"compromise's."
    )
    rows = [_row(points, std, best[points, std], gains[points, std]) for points, std in cases]
    header = ["points", "std", "best: h", "batch", "epochs", "difference / variance: median (10 % to 90 %)", "gain"]
    metrics = {f"best_setting_gain_{points}_std_{std:g}": gain for (points, std), gain in gains.items()}
    return Answer("answered", sentence, header, rows, (), metrics, _figure(cases))


def _setting(points: int, std: float, width: int, batch: int) -> FitConfig:
    epochs = round(_WIDTHS[width] * _BATCHES[batch] * _SAMPLES_SEEN / points)
    return setting(width, epochs, batch, points, std=std)


def _seconds_per_epoch(results: Results, s: FitConfig) -> float:
    """Each run's part of the time of those trained together."""
    return Spread.of(outcome.seconds for outcome in results.together(s)).median / s.epochs


def _compromise(found: list[Candidate]) -> Candidate:
    (one,) = (c for c in found if (c.width, c.batch) == _COMPROMISE)
    return one


def _row(points: int, std: float, best: Candidate, gain: float) -> list[str]:
    return [
        *(f"{points:,}", f"{std:g}", str(best.width), str(best.batch), f"{best.epochs:,}"),
        *(str(best.error), f"{number(gain)} times"),
    ]


def _figure(cases: dict[tuple[int, float], list[Candidate]]) -> Figure:
    """The errors of all settings, a group for each gaussian."""
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    for batch, marker in zip(_BATCHES, "os^", strict=True):
        for width, colour in zip(_WIDTHS, ("tab:blue", "tab:orange", "tab:green"), strict=True):
            found = [(place, c) for place, each in enumerate(cases.values()) for c in each]
            errors = {place: c.error.median for place, c in found if (c.width, c.batch) == (width, batch)}
            style = {"color": colour, "marker": marker, "linestyle": "none", "label": f"h={width}, batch {batch}"}
            axes.semilogy(list(errors), list(errors.values()), **style)
    axes.set_xticks(range(len(cases)), [f"{points:,} points\nstd {std:g}" for points, std in cases])
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    finish(axes, "difference / variance in the time of the compromise, median", "")
    return figure


QUESTION = Question(
    "Do the best settings change for other gaussians: with the number of points, with the standard deviation?",
    _needs,
    _answer,
)
