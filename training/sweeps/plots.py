"""The figures of a study: error, time and failure rate against what was varied."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.arrays import Array
from training.plotting.style import (
    POINTS,
    dodged,
    finish,
    is_logarithmic,
    is_wide,
    legend,
    new,
    number_ticks,
    plain,
    styles,
)
from training.sweeps.results import CellResults
from training.sweeps.variation import number

# What is drawn of a cell: a value for each run, and what lies low, in the middle and high.
Points = Callable[[CellResults], Sequence[float]]
Center = Callable[[CellResults], tuple[float, float, float]]

# Medians of numbers, and of words: between these there is nothing that a line could show.
_JOINED: dict[str, Any] = {"marker": "o", "markersize": 3}
_APART: dict[str, Any] = {"marker": "_", "markersize": 18, "markeredgewidth": 2, "linestyle": "none"}
# Words that are named below an axis, and how long the longest may be; those of all together that fit beside each other,
# and the inches of each where they do not.
_MOST_NAMED, _LONGEST, _CHARACTERS, _INCHES = 40, 30, 70, 0.075
# Of so few trainings quantiles say nothing that the points do not.
_FEW = 4


def figures(cells: Sequence[CellResults], title: str, until: float | None) -> dict[str, Figure]:
    """Error, time and failure rate, and with `until` what retrying until that error costs; each where it is known."""
    against, runs = f"against {plain(next(iter(cells[0].varied)))}, {title}", max(len(cell.runs) for cell in cells)
    many = f"{runs} seeds" if runs > 1 else "one seed"
    error = f"Mean squared error {against}, {many}"
    found = {
        "difference": _against(cells, error, "mean squared error", _errors, CellResults.errors, log=True),
        "failure_rate": _failure_rates(cells, f"Failed trainings {against}, {many}"),
    }
    if all(cell.alone for cell in cells):
        label = "time of a training alone on its core, s"
        found["time"] = _against(cells, f"Time of a training {against}", label, _seconds, CellResults.seconds, log=None)
    if until is not None:
        found["retry"] = _retries(cells, f"Time to an error of {until:g} {against}", until)
    return found


def _errors(cell: CellResults) -> list[float]:
    return [run.mse for run in cell.runs]


def _seconds(cell: CellResults) -> list[float]:
    return list(cell.alone.values())


def _against(
    cells: Sequence[CellResults], title: str, label: str, points: Points, center: Center, log: bool | None
) -> Figure:
    """Values against the first varied parameter, a colour for each combination of the others."""
    figure, axes, x = _axes(cells)
    for style, (name, series) in zip(styles(), _series(cells).items(), strict=False):
        at, color = _places(series, x), style["color"]
        every = [(place, value) for place, cell in zip(at, series, strict=True) for value in points(cell)]
        line = style | (_JOINED if _is_ordered(cells) else _APART)
        low, middle, high = np.transpose([center(cell) for cell in series])
        if len(every) == len(at):
            axes.plot(at, middle, **line | {"marker": "o", "markersize": 4}, label=f"one training each{name}")
            continue
        many = max(len(points(cell)) for cell in series)
        axes.plot(*np.transpose(every), **POINTS, color=color, label=f"one training{name}")
        if len(every) > _FEW * len(at) and _is_ordered(cells):
            axes.fill_between(at, low, high, color=color, alpha=0.2, linewidth=0, label=f"10 to 90 % of {many}{name}")
        elif len(every) > _FEW * len(at):
            bars = np.array([middle - low, high - middle])
            axes.errorbar(at, middle, bars, fmt="none", color=color, capsize=3, label=f"10 to 90 % of {many}{name}")
        axes.plot(at, middle, **line, label=f"median of {many}{name}")
    _finish(axes, title, label, log)
    legend(figure)
    return figure


def _failure_rates(cells: Sequence[CellResults], title: str) -> Figure:
    """A point for each rate, with a bar that is its interval."""
    (figure, axes, x), every = _axes(cells), _series(cells)
    for place, (style, (name, series)) in enumerate(zip(styles(), every.items(), strict=False)):
        rates = [cell.failures() for cell in series]
        values = np.array([rate.value for rate in rates])
        low, high = np.transpose([rate.interval for rate in rates])
        bars, label = np.clip([values - low, high - values], 0, None), f"rate, 95 % interval{name}"
        look = {"fmt": "o", "color": style["color"], "markersize": 4, "capsize": 3, "label": label}
        axes.errorbar(dodged(axes, _places(series, x), place, len(every)), values, bars, **look)
    _finish(axes, title, "part of the trainings that failed", log=False)
    axes.set_ylim(-0.03, 1.03)
    legend(figure)
    return figure


def _retries(cells: Sequence[CellResults], title: str, until: float) -> Figure:
    """What a success costs on average, measured and predicted, and the retries themselves."""
    figure, axes, x = _axes(cells)
    for style, (name, series) in zip(styles(), _series(cells).items(), strict=False):
        at, color = _places(series, x), style["color"]
        every = [
            (place, retry.seconds) for place, cell in zip(at, series, strict=True) for retry in cell.retries.values()
        ]
        axes.plot(*np.transpose(every), **POINTS, color=color, label=f"one loop{name}")
        measured = [cell.measured_seconds() for cell in series]
        predicted = [cell.predicted_seconds(until) for cell in series]
        axes.plot(at, measured, "-o", color=color, markersize=3, label=f"mean of the loops{name}")
        axes.plot(at, predicted, "--", color=color, label=f"predicted from the failure rate{name}")
    _finish(axes, title, "time to a success, s", None)
    legend(figure)
    return figure


def _axes(cells: Sequence[CellResults]) -> tuple[Figure, Axes, Mapping[str, float]]:
    """Axes with the first varied parameter below, and the place of each of its values: a number's own, or in order."""
    figure, (axes,) = new(width=7, height=4.8)
    name = next(iter(cells[0].varied))
    texts = list(dict.fromkeys(cell.varied[name] for cell in cells))
    numbers = [number(text) for text in texts]
    known = [value for value in numbers if value is not None]
    axes.set_xlabel(plain(name))
    if len(known) == len(texts):
        if is_logarithmic(known):
            axes.set_xscale("log")
        number_ticks(axes, known)
        return figure, axes, dict(zip(texts, known, strict=True))
    if len(texts) <= _MOST_NAMED:
        _name_ticks(figure, axes, texts)
        first = 0
    else:
        axes.set_xlabel(f"{plain(name)}, counted as summary.csv has them")
        first = 1
    axes.set_xlim(first - 0.5, first + len(texts) - 0.5)
    return figure, axes, {text: float(place) for place, text in enumerate(texts, first)}


def _name_ticks(figure: Figure, axes: Axes, texts: Sequence[str]) -> None:
    """Words below the axis; upright where they would not fit beside each other."""
    fits = max(map(len, texts)) * len(texts) <= _CHARACTERS
    shown = [text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…" for text in texts]
    axes.set_xticks(range(len(texts)), shown, rotation=0 if fits else 90)
    if not fits:
        figure.set_figheight(figure.get_figheight() + max(map(len, shown)) * _INCHES)


def _is_ordered(cells: Sequence[CellResults]) -> bool:
    """Whether what is varied are numbers."""
    return all(number(next(iter(cell.varied.values()))) is not None for cell in cells)


def _series(cells: Sequence[CellResults]) -> dict[str, list[CellResults]]:
    """The cells of each combination of the parameters behind the first."""
    found: dict[str, list[CellResults]] = {}
    for cell in cells:
        _, *others = cell.varied.items()
        name = ", ".join(f"{plain(name)} {value}" for name, value in others)
        found.setdefault(f", {name}" if name else "", []).append(cell)
    return found


def _places(series: Sequence[CellResults], x: Mapping[str, float]) -> Array:
    """Where the cells are drawn."""
    return np.array([x[next(iter(cell.varied.values()))] for cell in series])


def _finish(axes: Axes, title: str, label: str, log: bool | None) -> None:
    values: Array = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines])
    positive = values[np.isfinite(values) & (values > 0)]
    if len(positive) and (log or (log is None and is_wide(positive))):
        axes.set_yscale("log")
    elif not log:
        axes.set_ylim(bottom=0)
    finish(axes, title, axes.get_xlabel(), label)
