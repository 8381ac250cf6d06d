"""The study's finite differences, their errors against the exact derivatives for a range of steps, and their figures.

An error has two sides. Truncation: what the formula leaves out grows with the step h, as h for the first derivative and
as h² for the second. Rounding: the values are known to a part ε only, and the differences divide that by h or by h².
Together they leave a best step near √ε for the first derivative and near the fourth root of ε for the second (Press et
al., Numerical Recipes, section 5.7).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.arrays import Array
from training.evaluation.accuracy import accuracy, relative_l2
from training.models.networks import Network, evaluate
from training.plotting.style import BLUE, FIT, FUNCTION, ORANGE, PURPLE, derivative_of, finish, legend, new, semilogy
from training.targets.domain import Domain
from training.targets.named import Target

Function = Callable[[Array], Array]
Precision = Literal["float64", "float32"]
Formula = Callable[[Function, Array, float, Precision], Array]
Source = Literal["function", "fit"]

SOURCES: tuple[Source, ...] = ("function", "fit")
PRECISIONS: tuple[Precision, ...] = ("float64", "float32")
COLUMNS = ("network", "order", "step", "precision", "method", "error")
# An error is measured at so many points for each step: with a wide network, more would take long.
_POINTS = 1_001
# The study's samples without the two at the ends.
_DRAWN_POINTS = 9_999
# Differences of a fit can be many times as large as the derivative; beyond this part of its range they are cut off.
_MARGIN = 0.75
# That a difference is useless is seen well enough.
_LARGEST_DRAWN_ERROR = 1e3
_STYLES: Mapping[Source, Mapping[str, Any]] = {"function": FUNCTION, "fit": FIT}
_DIFFERENCES: Mapping[str, Any] = {"color": PURPLE, "linewidth": 1, "label": "finite differences"}
# Of errors, those of the function beneath, where both are the same.
_ERRORS: Mapping[Source, Mapping[str, Any]] = {
    "function": {"color": "0.7", "linewidth": 4},
    "fit": {"color": BLUE, "linewidth": 1.3},
}
_LINES: Mapping[Precision, Any] = {"float64": "-", "float32": (0, (1, 1.2))}


def first_derivative(f: Function, x: Array, step: float, precision: Precision = "float64") -> Array:
    """The forward difference (f(x + h) - f(x)) / h at x (n,), shape (n,) (STUDY).

    All of it is rounded to the precision: the points, the values of f, which is itself asked in float64, and the
    differences. It is therefore the least error that a library of this precision can have. The formula is the study's
    own and divides by h, not by the difference of the rounded points: that the points are rounded is an error that the
    study had too.
    """
    g, x, h = _rounded(f, x, step, precision)
    # What is too large for float32 is infinite, and so is its error.
    with np.errstate(all="ignore"):
        return np.asarray((g(x + h) - g(x)) / h, np.float64)


def second_derivative(f: Function, x: Array, step: float, precision: Precision = "float64") -> Array:
    """The central difference (f(x + h) + f(x - h) - 2 f(x)) / h² at x (n,), shape (n,) (STUDY), rounded likewise."""
    g, x, h = _rounded(f, x, step, precision)
    with np.errstate(all="ignore"):
        return np.asarray((g(x + h) + g(x - h) - 2 * g(x)) / h**2, np.float64)


FORMULAS: Mapping[int, Formula] = {1: first_derivative, 2: second_derivative}
METHODS: Mapping[int, str] = {1: "forward difference", 2: "central difference"}


def errors(
    f: Function,
    target: Target,
    domain: Domain,
    order: int,
    steps: Iterable[float],
    precision: Precision = "float64",
) -> Array:
    """Relative L2 errors of a derivative of f by its formula against the target's exact one, for each step (m,), (m,).

    Each is taken where the formula stays in the domain, every step being less than half of it: beyond it a fit knows
    nothing, and a function need not be defined.
    """
    return np.array([_error(f, target, domain.inside(step), order, step, precision) for step in steps])


@dataclass(frozen=True)
class Comparison:
    """What finite differences are compared for: a function and its fit.

    Attributes:
        step: the one whose differences are drawn.
        steps: those whose errors are compared, (m,).
        precision: of the fit's training. The fit's differences are drawn in it, the function's in float64.
    """

    function: Target
    network: Network
    domain: Domain
    step: float
    steps: Array
    precision: Precision

    @property
    def layers(self) -> str:
        """The units of the hidden layers, as 30,30: the name of the network."""
        return ",".join(map(str, self.network.sizes[1:-1]))

    def name(self, source: Source) -> str:
        """What a table calls it."""
        return "function" if source == "function" else self.layers

    def exact(self, source: Source, x: Array, order: int = 0) -> Array:
        """The value or exact derivative at x (n,), shape (n,)."""
        return self.function.derivative(x, order) if source == "function" else evaluate(self.network, x, order)[order]

    def differences(self, source: Source, x: Array, order: int, step: float) -> Array:
        """Finite differences at x (n,), shape (n,), in the precision that is drawn."""
        return FORMULAS[order](partial(self.exact, source), x, step, self.precision_of(source))

    def errors(self, source: Source, order: int, steps: Iterable[float], precision: Precision) -> Array:
        """The errors of finite differences for each step (m,), shape (m,)."""
        return errors(partial(self.exact, source), self.function, self.domain, order, steps, precision)

    def precision_of(self, source: Source) -> Precision:
        """The precision in which the study had the values: its library's for a network, float64 for the function."""
        return self.precision if source == "fit" else "float64"


@dataclass(frozen=True)
class Errors:
    """Relative L2 errors of derivatives against the function's exact ones.

    Attributes:
        exact: of the fit and its own derivatives, by order.
        finite: of finite differences at each of the steps, by source, order and precision, (m,).
        drawn: of those finite differences that are drawn, by source and order.
    """

    comparison: Comparison
    exact: Mapping[int, float]
    finite: Mapping[tuple[Source, int, Precision], Array]
    drawn: Mapping[tuple[Source, int], float]

    @classmethod
    def of(cls, c: Comparison) -> "Errors":
        """Measure all of them."""
        measured = accuracy(c.network, c.function, c.domain)
        exact = {order: measured[f"error_d{order}"] for order in (0, *FORMULAS)}
        keys = product(SOURCES, FORMULAS, PRECISIONS)
        finite = {(s, order, p): c.errors(s, order, c.steps, p) for s, order, p in keys}
        pairs = product(SOURCES, FORMULAS)
        drawn = {(s, order): float(c.errors(s, order, [c.step], c.precision_of(s))[0]) for s, order in pairs}
        return cls(c, exact, finite, drawn)

    def best(self, source: Source, order: int) -> tuple[float, float]:
        """The step of the lowest error, and this error, in the precision that is drawn."""
        found = self.finite[source, order, self.comparison.precision_of(source)]
        i = int(np.argmin(np.where(np.isfinite(found), found, np.inf)))
        return float(self.comparison.steps[i]), float(found[i])

    def metrics(self) -> dict[str, float]:
        """The best step for each order k, its error, and the error at the step that is drawn.

        best_step_dk, fd_error_dk, fd_error_at_step_dk: of the fit; with function_ before them, of the function.
        """
        metrics: dict[str, float] = {}
        for (source, order), drawn in self.drawn.items():
            prefix = "" if source == "fit" else "function_"
            step, error = self.best(source, order)
            found = {"best_step": step, "fd_error": error, "fd_error_at_step": drawn}
            metrics |= {f"{prefix}{key}_d{order}": value for key, value in found.items()}
        return metrics

    def table(self) -> list[tuple[str, int, float | None, str, str, float]]:
        """A line for each error, as COLUMNS says; what is exact has no step."""
        c = self.comparison
        finite = [
            (c.name(source), order, float(step), precision, METHODS[order], float(error))
            for (source, order, precision), found in self.finite.items()
            for step, error in zip(c.steps, found, strict=True)
        ]
        return [*finite, *((c.layers, order, None, "float64", "exact", error) for order, error in self.exact.items())]


def fit_figure(c: Comparison) -> Figure:
    """The function and its fit."""
    figure, (axes,) = new()
    _draw(axes, c, 0, None, f"{c.function.name} and its fit, hidden {c.layers}")
    legend(figure)
    return figure


def function_figure(c: Comparison, order: int) -> Figure:
    """A derivative of the function by finite differences and exact, and their difference."""
    figure, (curves, difference) = new(2, 5.5)
    x = c.domain.inside(c.step).equally_spaced(_DRAWN_POINTS)
    exact, found = c.exact("function", x, order), c.differences("function", x, order, c.step)
    curves.plot(x, exact, **FUNCTION | {"label": "exact"})
    curves.plot(x, found, **_DIFFERENCES)
    finish(
        curves, f"{derivative_of(order, 'x')} of {c.function.name}, step {c.step:g}", ylabel=derivative_of(order, "x")
    )
    semilogy(difference, x, np.abs(found - exact), **_DIFFERENCES)
    finish(difference, "Error of the finite differences", ylabel="|finite differences - exact|")
    legend(figure)
    return figure


def both_figure(errors: Errors, order: int) -> Figure:
    """A derivative of the function and of its fit: finite differences of two steps, and exact; and the fit's errors.

    The curves of what is good coincide; the errors do not.
    """
    c, best = errors.comparison, errors.best("fit", order)[0]
    figure, panels = new(2, 6, 3.8, rows=2)
    steps = {f"step {c.step:.2g}": c.step, f"best step {best:.2g}": best, "exact": None}
    *curves, last = panels
    for axes, (name, step) in zip(curves, steps.items(), strict=True):
        _draw(axes, c, order, step, f"finite differences, {c.precision}, {name}" if step else name)
    for color, (name, step) in zip((PURPLE, ORANGE, BLUE), steps.items(), strict=True):
        x = c.domain.inside(step or 0.0).equally_spaced(_DRAWN_POINTS)
        values = c.differences("fit", x, order, step) if step else c.exact("fit", x, order)
        style = {"color": color, "linewidth": 1, "label": f"error of the fit: {name}"}
        semilogy(last, x, np.abs(values - c.exact("function", x, order)), **style)
    finish(last, "Error of the fit's derivative", ylabel=f"|approximation - {derivative_of(order, 'x')}|")
    figure.suptitle(f"{derivative_of(order, 'x')} of {c.function.name} and its fit, hidden {c.layers}")
    legend(figure)
    return figure


def error_figure(errors: Errors) -> Figure:
    """The errors against the step, a panel for each order: truncation makes the right side, rounding the left."""
    c, (figure, panels) = errors.comparison, new(2, 6.5, 4.8)
    for axes, order in zip(panels, FORMULAS, strict=True):
        for source, precision in product(SOURCES, PRECISIONS):
            style = {**_ERRORS[source], "linestyle": _LINES[precision], "label": f"{source}, {precision}"}
            axes.loglog(c.steps, errors.finite[source, order, precision], **style)
        axes.axhline(
            errors.exact[order], color=FIT["color"], linewidth=1, linestyle="--", label="fit, exact derivative"
        )
        axes.axvline(c.step, color="0.7", linewidth=1, label=f"step {c.step:g}, drawn elsewhere")
        axes.set_ylim(top=min(axes.get_ylim()[1], _LARGEST_DRAWN_ERROR))
        finish(axes, f"{METHODS[order].capitalize()}s", "step", f"relative L2 error of {derivative_of(order, 'x')}")
    figure.suptitle(f"Error of finite differences against their step, {c.function.name}, hidden {c.layers}")
    legend(figure)
    return figure


def _draw(axes: Axes, c: Comparison, order: int, step: float | None, title: str) -> None:
    """The function and its fit, exact where there is no step."""
    x = c.domain.inside(step or 0.0).equally_spaced(_DRAWN_POINTS)
    for source in SOURCES:
        values = c.differences(source, x, order, step) if step else c.exact(source, x, order)
        axes.plot(x, values, **_STYLES[source])
    finish(axes, title, ylabel=derivative_of(order, "x"))
    _cut_off(axes, c.exact("function", x, order), values)


def _cut_off(axes: Axes, truth: Array, fit: Array) -> None:
    """Keep to the range of the function where the fit goes far beyond, and say how far; the function is then on top."""
    margin, largest = _MARGIN * np.ptp(truth), np.abs(fit).max()
    low, high = truth.min() - margin, truth.max() + margin
    # The derivative of a line has no range to keep to.
    if margin > 1e-9 * largest and not (low <= fit.min() and fit.max() <= high):
        axes.set_ylim(low, high)
        axes.lines[0].set_zorder(3)
        axes.set_xlabel(f"x (the fit goes from {fit.min():.2g} to {fit.max():.2g})")


def _error(f: Function, target: Target, where: Domain, order: int, step: float, precision: Precision) -> float:
    x = where.midpoints(_POINTS)
    found = FORMULAS[order](f, x, step, precision)
    with np.errstate(all="ignore"):
        return relative_l2(found, target.derivative(x, order))


def _rounded(f: Function, x: Array, step: float, precision: Precision) -> tuple[Callable[[Any], Any], Any, Any]:
    """The function, the points and the step in a precision; the function is still computed in float64."""
    dtype = np.dtype(precision).type
    return lambda points: f(points.astype(np.float64)).astype(dtype), x.astype(dtype), dtype(step)
