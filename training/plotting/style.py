"""How every figure looks: sizes, lines, what axes and legends have.

Colours are those of M. Okabe and K. Ito, Color Universal Design (2008), which the colour-blind tell apart; each means
the same in all figures.
"""

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, ScalarFormatter
from numpy.typing import ArrayLike

from training.arrays import Array
from training.plotting.layout import EvenLayout

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
# Of curves that have no meaning of their own.
SERIES = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, "black")

# Of these, so that neighbours differ in print too; as many as no factor of the number of colours.
_LINES = ("-", "--", "-.")

# The function is wide and pale beneath its fit, which so is seen where both are the same.
FUNCTION: dict[str, Any] = {"color": "0.78", "linewidth": 5, "solid_capstyle": "round", "label": "function"}
FIT: dict[str, Any] = {"color": BLUE, "linewidth": 1.3, "label": "fit"}
BAND: dict[str, Any] = {"color": BLUE, "alpha": 0.2, "linewidth": 0, "label": "fit ± 2 standard deviations"}
SAMPLES: dict[str, Any] = {"color": "0.35", "marker": ".", "markersize": 4, "linestyle": "none", "label": "samples"}
# Those that the fit has not seen are hollow.
HELD_OUT: dict[str, Any] = {"markerfacecolor": "white", "markersize": 5, "marker": "o", "label": "held-out samples"}
BASELINES: dict[str, dict[str, Any]] = {
    "chebyshev": {"color": ORANGE, "linewidth": 1, "label": "Chebyshev series"},
    "spline": {"color": GREEN, "linewidth": 1, "label": "spline"},
}
FAILED = VERMILION
# One training among many.
POINTS: dict[str, Any] = {"marker": ".", "markersize": 4, "linestyle": "none", "alpha": 0.45}

_ORDERS = ("f", "f\N{PRIME}", "f\N{DOUBLE PRIME}")
_MOST_TICKS = 12
_WIDE = 30
# Of a logarithmic axis, between which it has minor ticks.
_MOST_DECADES = 4
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Part of its size that an axis shows at least: beyond it the curve of a constant would be rounding, magnified.
SMALLEST_RANGE = 1e-3
# Points of a title, and its characters to an inch.
_TITLE = 11
_CHARACTERS = 10.5
# Between the bars of two series, of the width of all.
_ASIDE = 0.012
# Of a point in a legend, where it stands alone.
_POINT = 6


def new(columns: int = 1, width: float = 6.0, height: float = 4.0, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure of so many axes beside each other, and so many rows of them, of this width and height each."""
    figure = Figure(figsize=(width * columns, height * rows), layout=EvenLayout())
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def styles() -> Iterator[dict[str, Any]]:
    """Of curves without a meaning of their own, for as many as there are colours and lines together."""
    count = len(SERIES) * len(_LINES)
    return ({"color": SERIES[i % len(SERIES)], "linestyle": _LINES[i % len(_LINES)]} for i in range(count))


def derivative_of(order: int, x: str, y: str | None = None) -> str:
    """A function or column and its derivatives, as axes name them: f′(x), or dy/dx."""
    if y is None:
        return f"{_ORDERS[order]}({x})"
    if order == 0:
        return y
    power = "" if order == 1 else "²"
    return f"d{power}({y}) / d({x}){power}"


def finish(axes: Axes, title: str, xlabel: str = "x", ylabel: str = "") -> None:
    """What all axes have; a long title takes several lines."""
    grid = axes.get_gridspec()
    width = axes.figure.figure.get_figwidth() / (grid.ncols if grid else 1)
    axes.set_title(textwrap.fill(title, int(_CHARACTERS * width), max_lines=3, placeholder=" …"), fontsize=_TITLE)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


def legend(figure: Figure) -> None:
    """One for all axes, beneath them, where it covers nothing."""
    found: dict[str, dict[object, Any]] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, {}).setdefault(_kind(handle), handle)
    if found:
        columns = int(figure.get_figwidth() / max(map(_inches, found)))
        # What is a line here and points there is shown as both.
        handles: list[Any] = [tuple(kinds.values()) for kinds in found.values()]
        options: dict[str, Any] = {"loc": "outside lower center", "ncols": min(len(found), max(1, columns))}
        _make_visible(figure.legend(handles, [*found], frameon=False, **options).findobj(Line2D))


def _kind(handle: Any) -> object:
    return (handle.get_marker(), handle.get_linestyle()) if isinstance(handle, Line2D) else type(handle)


def _make_visible(lines: Sequence[Any]) -> None:
    """What is pale among its like, or small, is neither where it stands alone."""
    for line in lines:
        line.set_alpha(1)
        if line.get_marker() == ".":
            line.set_markersize(_POINT)


def _inches(label: str) -> float:
    """About as wide as it is, with its handle and the distance to the next."""
    return 0.7 + 0.085 * len(label)


def semilogy(axes: Axes, x: Array, values: Array, **style: Any) -> None:
    """A curve over a logarithmic axis."""
    # A difference of exactly zero has no place on a logarithmic axis; without one below it the rest keeps its scale.
    axes.semilogy(x, np.where(values > 0, values, np.nan), **style)
    # MLflow shows a figure of each of many runs. Formulas as labels, and ticks between powers of ten where there are
    # many of these, take most of the time of drawing one.
    axes.yaxis.set_major_formatter(FuncFormatter(_power_of_ten))
    axes.yaxis.set_minor_locator(LogLocator(subs=tuple(range(2, 10)), numticks=_MOST_DECADES))


def _power_of_ten(value: float, _: object = None) -> str:
    """A label of a logarithmic axis."""
    exponent = round(math.log10(value)) if value > 0 else 0
    is_power = math.isclose(value, 10.0**exponent)
    return "10" + str(exponent).translate(_RAISED) if is_power else f"{value:g}"


def dodged(axes: Axes, at: Array, place: int, count: int) -> Array:
    """The places of one of so many series, moved aside: their bars would cover each other."""
    aside = _ASIDE * (place - (count - 1) / 2)
    if axes.get_xscale() == "log":
        return np.asarray(at * (at.max() / at.min()) ** aside)
    return np.asarray(at + aside * max(1.0, np.ptp(at)))


def at_least(axes: Axes, width: float) -> None:
    """Show so much of y."""
    low, high = axes.get_ylim()
    if 0 <= high - low < width < np.inf:
        axes.set_ylim((low + high - width) / 2, (low + high + width) / 2)


def plain(parameter: str) -> str:
    """A parameter in words."""
    return {"hidden": "width"}.get(parameter, parameter.replace("_", " "))


def is_logarithmic(values: Sequence[float]) -> bool:
    """Whether an axis with these values should be: they are closer to equal ratios than to equal steps."""
    unique = np.unique(values)
    if len(unique) < 3 or unique[0] <= 0:
        return False
    steps, ratios = np.diff(unique), np.diff(np.log(unique))
    return bool(np.std(ratios) / np.mean(ratios) < np.std(steps) / np.mean(steps))


def is_wide(values: Array) -> bool:
    """Whether positive values differ so much that a linear axis would show the largest alone."""
    return len(values) > 0 and bool(values.max() >= _WIDE * values.min())


def number_ticks(axes: Axes, values: Sequence[float]) -> None:
    """Ticks at the values themselves where these are few, and at integers where all are integers."""
    places, is_linear = sorted(set(values)), axes.get_xscale() == "linear"
    if axes.get_xscale() == "log":
        axes.xaxis.set_major_formatter(ScalarFormatter())
    if len(places) <= _MOST_TICKS and _apart(places if is_linear else np.log([x for x in places if x > 0])):
        axes.set_xticks(places, [f"{place:,g}" for place in places])
        axes.xaxis.set_minor_locator(NullLocator())
    elif is_linear and all(float(value).is_integer() for value in places):
        integers(axes.xaxis)


def integers(axis: Axis) -> None:
    """Ticks of what is counted."""
    axis.set_major_locator(MaxNLocator(integer=True))


def _apart(places: ArrayLike) -> bool:
    """Whether their labels would not touch."""
    at = np.asarray(places)
    return len(at) < 2 or bool(np.diff(at).min() > 0.05 * (at[-1] - at[0]))
