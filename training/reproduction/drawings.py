"""Draws what the table of figures names, and says what was measured."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from statistics import median
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.arrays import Array
from training.evaluation.failure_rate import Rate
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
# As axes have them.
_AXES: Mapping[Parameter, str] = {
    "hidden": "width h, units of each layer",
    "epochs": "epochs",
    "batch_size": "batch size, samples",
}
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
    """A figure as the page has it, drawn or as a PNG file; its caption, and what was measured, in words and as rows."""

    figure: Figure | bytes
    caption: str
    measured: str
    rows: Sequence[Row]

    @property
    def png(self) -> bytes:
        """The PNG file."""
        return png(self.figure) if isinstance(self.figure, Figure) else self.figure

    def as_file(self) -> "Shown":
        """The same with its PNG file alone, which is less to send to another process."""
        return replace(self, figure=self.png)


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
    finish(axes, described(drawn.setting) + (f", {outcome.seconds:.2f} s" if timed else ""), "x", "f(x)")
    legend(figure)
    measured = f"difference {number(outcome.mse)} ({_part(outcome, drawn.setting)})"
    if timed:
        measured += f", trained in {number(outcome.seconds)} s (the study: {drawn.study_seconds:g} s)"
    return Shown(figure, f"The function and its fit: {described(drawn.setting)}.", measured, _rows(outcome, timed))


@draw.register
def _(drawn: ManyFits, results: Results) -> Shown:
    outcomes = results.together(drawn.setting, drawn.runs)
    figure, axes = _axes()
    x, function = truth(drawn.setting)
    axes.plot(x, function, **FUNCTION)
    for outcome in outcomes:
        colour, alpha = (FAILED, 0.9) if outcome.failed else (FIT["color"], max(0.15, len(outcomes) ** -0.5))
        label = "failed, one training each" if outcome.failed else "fits, one training each"
        axes.plot(x, np.asarray(outcome.curve), color=colour, linewidth=0.8, alpha=alpha, label=label)
    finish(axes, f"{len(outcomes)} fits of {described(drawn.setting)}", "x", "f(x)")
    legend(figure)
    spread, failed = Spread.of(outcome.mse for outcome in outcomes), [outcome.failed for outcome in outcomes]
    caption = f"The function and {len(outcomes)} fits, in red those that failed: {described(drawn.setting)}."
    measured = f"failed: {told(Rate.of(failed))}; difference {spread}"
    return Shown(figure, caption, measured, [Row(None, "difference", len(outcomes), spread, sum(failed))])


@draw.register
def _(drawn: SquaredDifference, results: Results) -> Shown:
    outcome = results.one(drawn.setting, timed=False)
    figure, axes = _axes()
    x, function = truth(drawn.setting)
    squares = (np.asarray(outcome.curve) - function) ** 2
    semilogy(axes, x, squares, color=FIT["color"], linewidth=1)
    finish(axes, f"Squared error at each point: {described(drawn.setting)}", "x", "(fit - f(x))²")
    measured = f"largest {number(float(squares.max()))}, at x = {x[squares.argmax()]:.2f}; mean {number(outcome.mse)}"
    caption = f"The squared difference at each point of the fit of figure 17: {described(drawn.setting)}."
    return Shown(figure, caption, measured, _rows(outcome, timed=False))


@draw.register
def _(drawn: Differences, results: Results) -> Shown:
    rows, figure, axes = [], *_axes()
    found = differences(drawn, results)
    for value, (errors, failed) in found.items():
        axes.plot([value] * len(errors), errors, **_POINTS, label="one training")
        rows.append(Row(value, "difference", len(errors), Spread.of(errors), failed))
    name, runs = PARAMETERS[drawn.parameter], sorted({row.runs for row in rows})
    _median_and_band(axes, rows, " or ".join(map(str, runs)))
    _scale(axes, list(found), [error for errors, _ in found.values() for error in errors])
    title = f"Mean squared error against {name}, {drawn.setting.fitted}, {_fixed(drawn)}"
    finish(axes, title, _AXES[drawn.parameter], "mean squared error")
    number_ticks(axes, list(found))
    legend(figure)
    caption = (
        f"The difference of {' or '.join(map(str, runs))} runs for each {name}, as points, with their median and the "
        f"band of eight runs in ten; {_fixed(drawn)}."
    )
    return Shown(figure, caption, _ends(rows, name), rows)


@draw.register
def _(drawn: Times, results: Results) -> Shown:
    rows, figure, axes = [], *_axes()
    values = thinned(drawn.values, results.budget.time_stride)
    seconds = {v: results.seconds(varied(drawn.setting, drawn.parameter, v)) for v in values}
    if drawn.by_run:
        for run, colour in enumerate(SERIES[: len(next(iter(seconds.values())))]):
            points = {**POINTS, "alpha": 1, "color": colour, "label": f"run {run + 1}"}
            axes.plot(values, [seconds[v][run] for v in values], **points)
    for value, each in seconds.items():
        rows.append(Row(value, "seconds", len(each), Spread.of(each), None))
        if not drawn.by_run:
            axes.plot([value] * len(each), each, **_POINTS, label="one training")
    if not drawn.by_run:
        axes.plot(
            values,
            [row.spread.median for row in rows],
            color=FIT["color"],
            linewidth=1.3,
            label=f"median of {rows[0].runs}",
        )
    _scale(axes, values, [row.spread.median for row in rows])
    name = PARAMETERS[drawn.parameter]
    title = f"Time of a training against {name}, {drawn.setting.fitted}, {_fixed(drawn)}"
    finish(axes, title, _AXES[drawn.parameter], "time alone on a core, s")
    number_ticks(axes, values)
    legend(figure)
    shown = "each run in its colour" if drawn.by_run else "their median as a line"
    caption = f"The time of a training, alone on its core, repeated {rows[0].runs} times, {shown}; {_fixed(drawn)}."
    return Shown(figure, caption, _ends(rows, name, " s"), rows)


@draw.register
def _(drawn: TimesOfRuns, results: Results) -> Shown:
    seconds = [outcome.seconds for outcome in results.alone(drawn.setting)]
    figure, axes = _axes()
    axes.plot(range(1, len(seconds) + 1), seconds, **_POINTS, label="one training")
    axes.axhline(median(seconds), color="0.5", linewidth=1, label="median")
    axes.set_ylim(0, 1.1 * max(seconds))
    finish(axes, f"Time of each run: {described(drawn.setting)}", "run", "time alone on a core, s")
    number_ticks(axes, [float(run) for run in range(1, len(seconds) + 1)])
    legend(figure)
    spread = Spread.of(seconds)
    caption = f"The time of each of {len(seconds)} runs, alone on its core: {described(drawn.setting)}."
    return Shown(figure, caption, f"{spread} s", [Row(None, "seconds", len(seconds), spread, None)])


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


def _median_and_band(axes: Axes, rows: Sequence[Row], runs: str) -> None:
    values = [row.value for row in rows if row.value is not None]
    low, high = ([getattr(row.spread, end) for row in rows] for end in ("low", "high"))
    axes.fill_between(
        values, low, high, color=FIT["color"], alpha=0.2, linewidth=0, label=f"10 to 90 % of {runs} seeds"
    )
    style = {
        "color": FIT["color"],
        "linewidth": 1.5,
        "marker": "o",
        "markersize": 3,
        "label": f"median of {runs} seeds",
    }
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
