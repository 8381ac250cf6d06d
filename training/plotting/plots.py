"""The figures of a fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.arrays import Array
from training.data.samples import Samples
from training.evaluation.baselines import Approximation
from training.models.networks import Network, count_weights, evaluate, posterior_std
from training.plotting.style import (
    BAND,
    BASELINES,
    FIT,
    FUNCTION,
    HELD_OUT,
    SAMPLES,
    SMALLEST_RANGE,
    at_least,
    derivative_of,
    finish,
    legend,
    new,
    semilogy,
)
from training.regression.sampling_config import SamplingConfig
from training.targets.domain import Domain
from training.targets.target import Target

ORDERS = ("f", "f'", "f''")
_WORDS = ("", "First derivative of ", "Second derivative of ")
# More samples than this are thinned: they would be a solid band.
_MAX_DRAWN = 2_000
_MOST_BARS = 300


@dataclass(frozen=True)
class Picture:
    """What is drawn: a fit, and what is known beside it.

    Attributes:
        title: what is fitted.
        target: the function behind the samples, where it is known.
        samples: drawn where it is not.
        baselines: what else was fitted to the samples.
        x_name, y_name: of the variable and of a column of data; a function has f.
    """

    title: str
    network: Network
    domain: Domain
    target: Target | None
    samples: Samples
    baselines: Sequence[Approximation]
    x_name: str = "x"
    y_name: str | None = None

    def named(self, order: int) -> str:
        """The title of curves: what they are, and of which file."""
        what = self.title if self.y_name is None else self.y_name
        source = "" if self.y_name is None else f", {self.title}"
        return f"{_WORDS[order]}{what}{source}" if order else f"{what} and its fit{source}"

    def quantity(self, order: int) -> str:
        """What an axis has."""
        return derivative_of(order, self.x_name, self.y_name)


def names(config: SamplingConfig) -> tuple[str, str | None]:
    """Those of x and of a column of data; a function's value has none."""
    return (config.variable, None) if config.data is None else (config.x_column, config.y_column)


def figures(picture: Picture) -> dict[str, Figure]:
    """What every run shows: the fit, its squared difference, its derivatives, all on one page, and the baselines."""
    return briefly(picture) | {
        "derivative_1": _curves(picture, [1]),
        "derivative_2": _curves(picture, [2]),
        "overview": _curves(picture, [0, 1, 2]),
        "comparison": _errors(picture) if picture.target is not None else _residuals(picture),
    }


def briefly(picture: Picture, differs: bool = True) -> dict[str, Figure]:
    """The fit and, where it differs, its squared difference: what a child of a study shows of its best run."""
    fit = {"fit": _curves(picture, [0])}
    return fit | {"squared_difference": _squared_difference(picture)} if differs else fit


def members(
    title: str,
    target: Target | None,
    domain: Domain,
    fits: Sequence[Array],
    x_name: str = "x",
    y_name: str | None = None,
) -> Figure:
    """The function and the fits of all members over each other, each taken at the points of the grid."""
    (figure, (axes,)), x = new(), domain.grid()
    if target is not None:
        axes.plot(x, target.derivative(x), **FUNCTION)
    for number, fit in enumerate(fits):
        label = "_" if number else f"{len(fits)} fits, one line each"
        axes.plot(x, fit, color=FIT["color"], linewidth=1, alpha=max(0.15, len(fits) ** -0.5), label=label)
    finish(axes, f"{len(fits)} fits of {title}", x_name, y_name or derivative_of(0, x_name))
    legend(figure)
    return figure


def _curves(picture: Picture, orders: Sequence[int]) -> Figure:
    """The function or the samples, and the fit, with a band of two standard deviations where there is one."""
    x, network = picture.domain.grid(), picture.network
    fits = evaluate(network, x, max(orders))
    std = posterior_std(network, x) if network.has_posterior else None
    figure, panels = new(len(orders), 4.8 if len(orders) > 1 else 6.0)
    for axes, order in zip(panels, orders, strict=True):
        if picture.target is not None:
            axes.plot(x, picture.target.derivative(x, order), **FUNCTION)
        if order == 0 and (picture.target is None or picture.samples.held_out):
            _draw_samples(axes, picture.samples)
        if std is not None:
            axes.fill_between(x, fits[order] - 2 * std[order], fits[order] + 2 * std[order], **BAND)
        axes.plot(x, fits[order], **FIT)
        finish(axes, picture.named(order), picture.x_name, picture.quantity(order))
        at_least(axes, SMALLEST_RANGE * _scale(picture, order, fits))
    legend(figure)
    return figure


def _scale(picture: Picture, order: int, fits: Array) -> float:
    """How large a derivative is; of one that is zero, how large others with such values are."""
    size = np.abs(fits[0]).max() / picture.domain.width**order
    return float(
        max(
            size,
            np.abs(fits[order]).max()
            if picture.target is None
            else np.abs(picture.target.derivative(picture.domain.grid(), order)).max(),
        )
    )


def _squared_difference(picture: Picture) -> Figure:
    """Of the fit and the function, or the samples that the fit has not seen."""
    judged = picture.samples.held_out or picture.samples
    x = picture.domain.grid() if picture.target is not None else judged.x
    truth = judged.y if picture.target is None else picture.target.derivative(x)
    figure, (axes,) = new()
    style: dict[str, Any] = {"linewidth": 1} if picture.target is not None else {"linestyle": "none", "marker": "."}
    semilogy(axes, x, (evaluate(picture.network, x, 0)[0] - truth) ** 2, color=FIT["color"], **style)
    where = "" if picture.target is not None else f" at {_judged(picture)}"
    finish(
        axes,
        f"Squared error of the fit{where}, {picture.title}",
        picture.x_name,
        f"(fit - {picture.quantity(0)})²",
    )
    return figure


def _errors(picture: Picture) -> Figure:
    """How far the fit, and what else was fitted to the samples, are from the function: the curves would coincide."""
    x, target = picture.domain.grid(), picture.target
    assert target is not None, "it is known"
    fits = evaluate(picture.network, x, 2)
    figure, panels = new(2, 5.5)
    for axes, order in zip(panels, (0, 2), strict=True):
        for values, style in _approximations(picture, x, order, fits[order]):
            semilogy(axes, x, np.abs(values - target.derivative(x, order)), **style)
        quantity = picture.quantity(order)
        finish(axes, f"Error of {quantity}, {picture.title}", picture.x_name, f"|approximation - {quantity}|")
    legend(figure)
    return figure


def _residuals(picture: Picture) -> Figure:
    """What the fit, and what else was fitted, leave of the held-out samples; and their second derivatives."""
    judged, x = picture.samples.held_out or picture.samples, picture.domain.grid()
    sigma = judged.standard_error if judged.standard_error is not None else 1.0
    figure, (left, right) = new(2, 5.5)
    drawn = slice(None, None, -(-len(judged.x) // _MAX_DRAWN))
    for values, style in _approximations(picture, judged.x, 0, evaluate(picture.network, judged.x, 0)[0]):
        left.plot(judged.x[drawn], ((judged.y - values) / sigma)[drawn], **style | {"marker": ".", "linestyle": "none"})
    left.axhline(0, color="0.5", linewidth=0.8)
    over = "residual / standard error" if judged.standard_error is not None else f"residual of {picture.quantity(0)}"
    finish(left, f"Residuals at {_judged(picture)}, {picture.title}", picture.x_name, over)
    for values, style in _approximations(picture, x, 2, evaluate(picture.network, x, 2)[2]):
        right.plot(x, values, **style)
    finish(right, picture.named(2), picture.x_name, picture.quantity(2))
    legend(figure)
    return figure


def _judged(picture: Picture) -> str:
    return "held-out samples" if picture.samples.held_out else "the samples"


def _approximations(picture: Picture, x: Array, order: int, fit: Array) -> list[tuple[Array, dict[str, Any]]]:
    """The values of each, and its style, with its size and the time it took in the label; the fit is the last."""
    found = [(each.derivative(x, order), _baseline(each)) for each in picture.baselines]
    return [*found, (fit, FIT | {"label": f"fit: {count_weights(picture.network):,} weights"})]


def _baseline(approximation: Approximation) -> dict[str, Any]:
    style = BASELINES[approximation.name]
    size, time = f"{approximation.parameters:,} numbers", f"{1000 * approximation.seconds:.0f} ms"
    return style | {"label": f"{style['label']}: {size}, {time}"}


def _draw_samples(axes: Axes, samples: Samples, style: dict[str, Any] = SAMPLES) -> None:
    """With bars of their standard errors, where these are known and do not cover all else."""
    if samples.held_out is not None:
        _draw_samples(axes, samples.held_out, SAMPLES | HELD_OUT)
    drawn = slice(None, None, -(-len(samples.x) // _MAX_DRAWN))
    x, y, errors = samples.x[drawn], samples.y[drawn], samples.standard_error
    if errors is not None and len(x) <= _MOST_BARS:
        bars = {"ecolor": "0.6", "elinewidth": 0.8, "label": f"{style['label']} ± standard error"}
        axes.errorbar(x, y, yerr=errors[drawn], **style | bars)
    else:
        axes.plot(x, y, **style)
