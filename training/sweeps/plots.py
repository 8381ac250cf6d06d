"""The figures of a study: error, time and failure rate against what was varied."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.sweeps.results import CellResults
from training.sweeps.variation import number

Array = NDArray[np.float64]
# What is drawn of a cell: a value for each run, and what lies low, in the middle and high.
Points = Callable[[CellResults], Sequence[float]]
Center = Callable[[CellResults], tuple[float, float, float]]

# An axis is logarithmic where its values differ by more than this.
_DECADES = 30


def figures(cells: Sequence[CellResults], title: str, until: float | None) -> dict[str, Figure]:
    """Error, time and failure rate, and with `until` what retrying until that error costs; each where it is known."""
    found = {
        "difference": _against(
            cells, f"difference of {title}", "mean squared error", _errors, CellResults.errors, log=True
        ),
        "failure_rate": _against(cells, f"failed trainings of {title}", "failure rate", None, _rate, log=False),
    }
    if all(cell.alone for cell in cells):
        label = "seconds of a run alone on its core"
        found["time"] = _against(cells, f"time of {title}", label, _seconds, CellResults.seconds, log=None)
    if until is not None:
        found["retry"] = _retries(cells, title, until)
    return found


def is_logarithmic(values: Sequence[float]) -> bool:
    """Whether an axis with these values should be: they are closer to equal ratios than to equal steps."""
    unique = np.unique(values)
    if len(unique) < 3 or unique[0] <= 0:
        return False
    steps, ratios = np.diff(unique), np.diff(np.log(unique))
    return bool(np.std(ratios) / np.mean(ratios) < np.std(steps) / np.mean(steps))


def _errors(cell: CellResults) -> list[float]:
    return [run.mse for run in cell.runs]


def _seconds(cell: CellResults) -> list[float]:
    return list(cell.alone.values())


def _rate(cell: CellResults) -> tuple[float, float, float]:
    rate = cell.failures()
    return rate.interval[0], rate.value, rate.interval[1]


def _against(
    cells: Sequence[CellResults], title: str, label: str, points: Points | None, center: Center, log: bool | None
) -> Figure:
    """Values against the first varied parameter, a colour for each combination of the others."""
    figure, axes, x = _axes(cells)
    for index, (name, series) in enumerate(_series(cells).items()):
        color = f"C{index % 10}"
        at = np.array([x[next(iter(cell.varied.values()))] for cell in series])
        if points is not None:
            every = [(place, value) for place, cell in zip(at, series, strict=True) for value in points(cell)]
            axes.plot(*np.transpose(every), ".", color=color, markersize=3, alpha=0.4)
        low, middle, high = np.transpose([center(cell) for cell in series])
        axes.fill_between(at, low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(at, middle, "-o", color=color, markersize=3, label=name or None)
    _finish(axes, title, label, log)
    return figure


def _retries(cells: Sequence[CellResults], title: str, until: float) -> Figure:
    """What a success costs on average, measured and predicted, and the retries themselves."""
    figure, axes, x = _axes(cells)
    for index, (name, series) in enumerate(_series(cells).items()):
        color = f"C{index % 10}"
        at = [x[next(iter(cell.varied.values()))] for cell in series]
        every = [
            (place, retry.seconds) for place, cell in zip(at, series, strict=True) for retry in cell.retries.values()
        ]
        axes.plot(*np.transpose(every), ".", color=color, markersize=3, alpha=0.4)
        measured = [cell.measured_seconds() for cell in series]
        predicted = [cell.predicted_seconds(until) for cell in series]
        axes.plot(at, measured, "-o", color=color, markersize=3, label=f"measured {name}".strip())
        axes.plot(at, predicted, "--", color=color, label=f"predicted from the failure rate {name}".strip())
    _finish(axes, f"time to an error of {until:g}, {title}", "seconds to a success", None)
    return figure


def _axes(cells: Sequence[CellResults]) -> tuple[Figure, Axes, Mapping[str, float]]:
    """Axes with the first varied parameter below, and the place of each of its values: a number's own, or in order."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    name = next(iter(cells[0].varied))
    texts = list(dict.fromkeys(cell.varied[name] for cell in cells))
    numbers = [number(text) for text in texts]
    known = [value for value in numbers if value is not None]
    axes.set_xlabel(name)
    if len(known) == len(texts):
        if is_logarithmic(known):
            axes.set_xscale("log")
        return figure, axes, dict(zip(texts, known, strict=True))
    axes.set_xticks(range(len(texts)), texts)
    return figure, axes, {text: float(place) for place, text in enumerate(texts)}


def _series(cells: Sequence[CellResults]) -> dict[str, list[CellResults]]:
    """The cells of each combination of the parameters behind the first."""
    found: dict[str, list[CellResults]] = {}
    for cell in cells:
        _, *others = cell.varied.items()
        found.setdefault(", ".join(f"{name}={value}" for name, value in others), []).append(cell)
    return found


def _finish(axes: Axes, title: str, label: str, log: bool | None) -> None:
    values: Array = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines])
    positive = values[np.isfinite(values) & (values > 0)]
    wide = len(positive) > 0 and positive.max() > _DECADES * positive.min()
    if len(positive) and (log or (log is None and wide)):
        axes.set_yscale("log")
    elif not log:
        axes.set_ylim(bottom=0)
    axes.set_title(title)
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)
    handles: list[Any] = axes.get_legend_handles_labels()[0]
    if handles:
        axes.legend(fontsize="small")
