"""How every figure looks: sizes, lines, what axes and legends have.

Colours are those of M. Okabe and K. Ito, Color Universal Design (2008), which the colour-blind tell apart; each means
the same in all figures.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, ScalarFormatter
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
# Of curves that have no meaning of their own.
SERIES = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, "black")

# The function is wide and pale beneath its fit, which so is seen where both are the same.
FUNCTION: dict[str, Any] = {"color": "0.78", "linewidth": 5, "solid_capstyle": "round", "label": "function"}
FIT: dict[str, Any] = {"color": BLUE, "linewidth": 1.3, "label": "fit"}
BAND: dict[str, Any] = {"color": BLUE, "alpha": 0.2, "linewidth": 0, "label": "fit ± 2 standard deviations"}
SAMPLES: dict[str, Any] = {"color": "0.35", "marker": ".", "markersize": 4, "linestyle": "none", "label": "samples"}
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


def new(columns: int = 1, width: float = 6.0, height: float = 4.0) -> tuple[Figure, list[Axes]]:
    """A figure of so many axes beside each other, of this width and height each."""
    figure = Figure(figsize=(width * columns, height), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def derivative_of(order: int, x: str, y: str | None = None) -> str:
    """A function or column and its derivatives, as axes name them: f′(x), or dy/dx."""
    if y is None:
        return f"{_ORDERS[order]}({x})"
    if order == 0:
        return y
    power = "" if order == 1 else "²"
    return f"d{power}({y}) / d({x}){power}"


def finish(axes: Axes, title: str, xlabel: str = "x", ylabel: str = "") -> None:
    """What all axes have."""
    axes.set_title(title)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


def legend(figure: Figure) -> None:
    """One for all axes, beneath them, where it covers nothing."""
    found: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    if found:
        columns = int(figure.get_figwidth() / max(map(_inches, found)))
        fitting = min(len(found), max(1, columns))
        figure.legend([*found.values()], [*found], loc="outside lower center", ncols=fitting, frameon=False)


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
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _apart(places: ArrayLike) -> bool:
    """Whether their labels would not touch."""
    at = np.asarray(places)
    return len(at) < 2 or bool(np.diff(at).min() > 0.05 * (at[-1] - at[0]))
