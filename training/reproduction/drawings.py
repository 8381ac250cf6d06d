"""Draws what the table of figures names, and says what was measured."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from statistics import median
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.evaluation.failure_rate import Rate
from training.models.networks import Array
from training.plotting.style import (
    FAILED,
    FIT,
    FUNCTION,
    POINTS,
    SERIES,
    finish,
    is_logarithmic,
    is_wide,
    legend,
    new,
    number_ticks,
    semilogy,
)
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.reproduction.figures import (
    Differences,
    ManyFits,
    OneFit,
    Parameter,
    SquaredDifference,
    Times,
    TimesOfRuns,
    thinned,
    varied,
)
from training.reproduction.needs import described
from training.reproduction.results import Results, truth, variance
from training.reproduction.statistics import Spread, number, percent, told

PARAMETERS: Mapping[Parameter, str] = {"hidden": "h", "epochs": "epochs", "batch_size": "batch size"}
_POINTS: Mapping[str, Any] = POINTS | {"color": "0.4"}


@dataclass(frozen=True)
class Row:
    """A line of the table of numbers: what some runs of a figure had, at a value of its parameter if it has one."""

    value: int | None
    quantity: str
    runs: int
    spread: Spread
    failed: int | None


@dataclass(frozen=True)
class Shown:
    """A figure as the page has it: its PNG file, what it shows, and what was measured, in words and as rows."""

    png: bytes
    caption: str
    measured: str
    rows: Sequence[Row]


@singledispatch
def draw(drawn: object, results: Results) -> Shown:
    """The figure of a line of the table, from the outcomes of its trainings."""
    raise TypeError(f"nothing draws {drawn}")


@draw.register
def _(drawn: OneFit, results: Results) -> Shown:
    timed = drawn.study_seconds is not None
    outcome = results.one(drawn.setting, timed)
    figure, axes = _axes()
    x, function = truth(drawn.setting)
    axes.plot(x, function, **FUNCTION)
    axes.plot(x, np.asarray(outcome.curve), **FIT)
    finish(axes, described(drawn.setting) + (f": {outcome.seconds:.2f} s" if timed else ""), "x", "f(x)")
    legend(figure)
    measured = f"difference {number(outcome.mse)} ({_part(outcome, drawn.setting)})"
    if timed:
        measured += f", trained in {number(outcome.seconds)} s (the study: {drawn.study_seconds:g} s)"
    return Shown(png(figure), f"The function and its fit: {described(drawn.setting)}.", measured, _rows(outcome, timed))


@draw.register
def _(drawn: ManyFits, results: Results) -> Shown:
    outcomes = results.together(drawn.setting, drawn.runs)
    figure, axes = _axes()
    x, function = truth(drawn.setting)
    axes.plot(x, function, **FUNCTION)
    for outcome in outcomes:
        colour, alpha = (FAILED, 0.9) if outcome.failed else (FIT["color"], max(0.15, 1 / len(outcomes)))
        label = "failed, one training each" if outcome.failed else "fits, one training each"
        axes.plot(x, np.asarray(outcome.curve), color=colour, linewidth=0.8, alpha=alpha, label=label)
    finish(axes, f"{len(outcomes)} runs: {described(drawn.setting)}", "x", "f(x)")
    legend(figure)
    spread, failed = Spread.of(outcome.mse for outcome in outcomes), [outcome.failed for outcome in outcomes]
    caption = f"The function and {len(outcomes)} fits, in red those that failed: {described(drawn.setting)}."
    measured = f"failed: {told(Rate.of(failed))}; difference {spread}"
    return Shown(png(figure), caption, measured, [Row(None, "difference", len(outcomes), spread, sum(failed))])


@draw.register
def _(drawn: SquaredDifference, results: Results) -> Shown:
    outcome = results.one(drawn.setting, timed=False)
    figure, axes = _axes()
    x, function = truth(drawn.setting)
    squares = (np.asarray(outcome.curve) - function) ** 2
    semilogy(axes, x, squares, color=FIT["color"], linewidth=1)
    finish(axes, "Squared difference at each point", "x", "(fit - f)²")
    measured = f"largest {number(float(squares.max()))}, at x = {x[squares.argmax()]:.2f}; mean {number(outcome.mse)}"
    caption = f"The squared difference at each point of the fit of figure 17: {described(drawn.setting)}."
    return Shown(png(figure), caption, measured, _rows(outcome, timed=False))


@draw.register
def _(drawn: Differences, results: Results) -> Shown:
    rows, figure, axes = [], *_axes()
    found = differences(drawn, results)
    for value, (errors, failed) in found.items():
        axes.plot([value] * len(errors), errors, **_POINTS, label="one training")
        rows.append(Row(value, "difference", len(errors), Spread.of(errors), failed))
    _median_and_band(axes, rows)
    _scale(axes, list(found), [error for errors, _ in found.values() for error in errors])
    name, runs = PARAMETERS[drawn.parameter], sorted({row.runs for row in rows})
    finish(axes, f"Difference against {name}: {_fixed(drawn)}", name, "mean squared difference")
    number_ticks(axes, list(found))
    legend(figure)
    caption = (
        f"The difference of {' or '.join(map(str, runs))} runs for each {name}, as points, with their median and the "
        f"band of eight runs in ten; {_fixed(drawn)}."
    )
    return Shown(png(figure), caption, _ends(rows, name), rows)


@draw.register
def _(drawn: Times, results: Results) -> Shown:
    rows, figure, axes = [], *_axes()
    values = thinned(drawn.values, results.budget.time_stride)
    seconds = {v: results.seconds(varied(drawn.setting, drawn.parameter, v)) for v in values}
    if drawn.by_run:
        for run, colour in enumerate(SERIES[: len(next(iter(seconds.values())))]):
            axes.plot(values, [seconds[v][run] for v in values], color=colour, linewidth=1, label=f"run {run + 1}")
    for value, each in seconds.items():
        rows.append(Row(value, "seconds", len(each), Spread.of(each), None))
        if not drawn.by_run:
            axes.plot([value] * len(each), each, **_POINTS, label="one training")
    if not drawn.by_run:
        axes.plot(values, [row.spread.median for row in rows], color=FIT["color"], linewidth=1.3, label="median")
    _scale(axes, values, [row.spread.median for row in rows])
    name = PARAMETERS[drawn.parameter]
    finish(axes, f"Time against {name}: {_fixed(drawn)}", name, "seconds, alone on a core")
    number_ticks(axes, values)
    legend(figure)
    shown = "each run in its colour" if drawn.by_run else "their median as a line"
    caption = f"The time of a training, alone on its core, repeated {rows[0].runs} times, {shown}; {_fixed(drawn)}."
    return Shown(png(figure), caption, _ends(rows, name, " s"), rows)


@draw.register
def _(drawn: TimesOfRuns, results: Results) -> Shown:
    seconds = [outcome.seconds for outcome in results.alone(drawn.setting)]
    figure, axes = _axes()
    axes.plot(range(1, len(seconds) + 1), seconds, **_POINTS, label="one training")
    axes.axhline(median(seconds), color="0.5", linewidth=1, label="median")
    axes.set_ylim(bottom=0)
    finish(axes, "Time of each run", "run", "seconds, alone on a core")
    legend(figure)
    spread = Spread.of(seconds)
    caption = f"The time of each of {len(seconds)} runs, alone on its core: {described(drawn.setting)}."
    return Shown(png(figure), caption, f"{spread} s", [Row(None, "seconds", len(seconds), spread, None)])


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=100)
    return written.getvalue()


def differences(drawn: Differences, results: Results) -> dict[int, tuple[list[float], int]]:
    """The differences of all runs for each value of the parameter, and how many of these failed."""
    if drawn.parameter == "epochs":
        longest = drawn.longest
        return {e: (results.after(longest, e), results.rate_after(longest, e).failed) for e in drawn.values}
    settings = {v: varied(drawn.setting, drawn.parameter, v) for v in thinned(drawn.values, results.budget.stride)}
    return {value: (results.mse(setting), results.rate(setting).failed) for value, setting in settings.items()}


def _axes() -> tuple[Figure, Axes]:
    figure, (axes,) = new()
    return figure, axes


def _fixed(drawn: Differences | Times) -> str:
    """What the parameter leaves as it is."""
    c = drawn.setting
    parts = {"hidden": f"h={c.hidden[0]}", "epochs": f"{c.epochs} epochs", "batch_size": f"batch {c.batch_size}"}
    return ", ".join(text for name, text in parts.items() if name != drawn.parameter)


def _part(outcome: TrainingResult, setting: FitConfig) -> str:
    """The root mean square of the difference beside the function's standard deviation."""
    return f"{percent((outcome.mse / variance(setting)) ** 0.5)} of the function's standard deviation"


def _rows(outcome: TrainingResult, timed: bool) -> list[Row]:
    measured = {"difference": outcome.mse} | ({"seconds": outcome.seconds} if timed else {})
    return [Row(None, quantity, 1, Spread.of([value]), None) for quantity, value in measured.items()]


def _median_and_band(axes: Axes, rows: Sequence[Row]) -> None:
    values = [row.value for row in rows if row.value is not None]
    low, high = ([getattr(row.spread, end) for row in rows] for end in ("low", "high"))
    axes.fill_between(values, low, high, color=FIT["color"], alpha=0.2, linewidth=0, label="10 to 90 %")
    style = {"color": FIT["color"], "linewidth": 1.5, "marker": "o", "markersize": 3, "label": "median"}
    axes.plot(values, [row.spread.median for row in rows], **style)


def _scale(axes: Axes, values: Sequence[int], measured: Sequence[float]) -> None:
    """Logarithmic where the data ask for it."""
    if is_logarithmic(values):
        axes.set_xscale("log")
    positive: Array = np.array([m for m in measured if np.isfinite(m) and m > 0])
    if is_wide(positive):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)


def _ends(rows: Sequence[Row], name: str, unit: str = "") -> str:
    """The first, the last and the lowest of the medians."""
    lowest = min(rows, key=lambda row: row.spread.median)
    shown = dict.fromkeys([rows[0], lowest, rows[-1]])
    return "; ".join(f"{name} {row.value:,}: {row.spread}{unit}" for row in shown)
