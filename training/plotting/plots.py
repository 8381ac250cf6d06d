"""Every figure. Colours and names are the same in all of them: the function is dashed and grey, the fit is blue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.data.points import grid
from training.data.samples import Samples
from training.evaluation.baselines import Approximation
from training.models.networks import Array, Network, count_weights, deviations, evaluate
from training.targets.named import Target

FUNCTION: dict[str, Any] = {"color": "0.45", "linewidth": 2.5, "linestyle": (0, (4, 2)), "label": "function"}
FIT: dict[str, Any] = {"color": "tab:blue", "linewidth": 1.3, "label": "fit"}
_SAMPLES: dict[str, Any] = {"color": "0.6", "marker": ".", "markersize": 3, "linestyle": "none", "label": "samples"}
_CONTENDERS: dict[str, dict[str, Any]] = {
    "chebyshev": {"color": "tab:orange", "linewidth": 1, "label": "Chebyshev series"},
    "spline": {"color": "tab:green", "linewidth": 1, "label": "spline"},
}
ORDERS = ("f", "f'", "f''")
# More samples than this are thinned: they would be a solid band.
_MAX_DRAWN = 2_000


@dataclass(frozen=True)
class Picture:
    """What is drawn: a fit, and what is known beside it.

    Attributes:
        title: what is fitted.
        target: the function behind the samples, where it is known.
        samples: drawn where it is not.
        contenders: what else was fitted to the samples.
    """

    title: str
    network: Network
    domain: tuple[float, float]
    target: Target | None
    samples: Samples
    contenders: Sequence[Approximation]


def figures(picture: Picture) -> dict[str, Figure]:
    """What every run shows: the fit, its squared difference, its derivatives, all on one page, and the contenders."""
    return briefly(picture) | {
        "derivative_1": _curves(picture, [1]),
        "derivative_2": _curves(picture, [2]),
        "overview": _curves(picture, [0, 1, 2]),
        "comparison": _comparison(picture),
    }


def briefly(picture: Picture) -> dict[str, Figure]:
    """The fit and its squared difference: what a child of a study shows of its best run."""
    return {"fit": _curves(picture, [0]), "squared_difference": _squared_difference(picture)}


def members(title: str, target: Target | None, domain: tuple[float, float], fits: Sequence[Array]) -> Figure:
    """The function and the fits of all members over each other, each taken at the points of the grid."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes, x = figure.subplots(), grid(domain)
    if target is not None:
        axes.plot(x, target.derivative(x), **FUNCTION)
    for fit in fits:
        axes.plot(x, fit, color=FIT["color"], linewidth=0.8, alpha=max(0.1, 1 / len(fits)))
    finish(axes, f"{len(fits)} fits of {title}")
    return figure


def _curves(picture: Picture, orders: Sequence[int]) -> Figure:
    """The function or the samples, and the fit, with a band of two standard deviations where there is one."""
    x, network = grid(picture.domain), picture.network
    fits = evaluate(network, x, max(orders))
    bands = deviations(network, x) if network.has_bands else None
    figure = Figure(figsize=(4.5 * len(orders) + 1.5, 4), layout="constrained")
    for axes, order in zip(figure.subplots(1, len(orders), squeeze=False)[0], orders, strict=True):
        if picture.target is not None:
            axes.plot(x, picture.target.derivative(x, order), **FUNCTION)
        if order == 0 and (picture.target is None or picture.samples.held_out):
            _draw_samples(axes, picture.samples)
        if bands is not None:
            low, high = fits[order] - 2 * bands[order], fits[order] + 2 * bands[order]
            axes.fill_between(x, low, high, color=FIT["color"], alpha=0.25, linewidth=0, label="±2 std. dev.")
        axes.plot(x, fits[order], **FIT)
        finish(axes, f"{ORDERS[order]} of {picture.title}")
        axes.legend()
    return figure


def _squared_difference(picture: Picture) -> Figure:
    """Of the fit and the function, or the samples that the fit has not seen."""
    judged = picture.samples.held_out or picture.samples
    x = grid(picture.domain) if picture.target is not None else judged.x
    truth = judged.y if picture.target is None else picture.target.derivative(x)
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    style = {"linewidth": 1} if picture.target is not None else {"linestyle": "none", "marker": "."}
    semilogy(axes, x, (evaluate(picture.network, x, 0)[0] - truth) ** 2, color=FIT["color"], **style)
    finish(axes, f"squared difference, {picture.title}")
    return figure


def _comparison(picture: Picture) -> Figure:
    """The fit and what else was fitted to the samples: their errors where the function is known, else themselves."""
    x, target = grid(picture.domain), picture.target
    fits = evaluate(picture.network, x, 2)
    figure = Figure(figsize=(10.5, 4), layout="constrained")
    for axes, order in zip(figure.subplots(1, 2), (0, 2), strict=True):
        curves = [(a.derivative(x, order), _contender(a)) for a in picture.contenders]
        curves.append((fits[order], FIT | {"label": f"fit: {count_weights(picture.network):,} weights"}))
        if target is None and order == 0:
            _draw_samples(axes, picture.samples)
        for values, style in curves:
            if target is None:
                axes.plot(x, values, **style)
            else:
                semilogy(axes, x, np.abs(values - target.derivative(x, order)), **style)
        name = ORDERS[order]
        finish(axes, f"{name} of {picture.title}" if target is None else f"error of {name}, {picture.title}")
        axes.legend()
    return figure


def _contender(approximation: Approximation) -> dict[str, Any]:
    """Its style, with its size and the time it took in the label."""
    style = _CONTENDERS[approximation.name]
    size, time = f"{approximation.parameters:,} numbers", f"{1000 * approximation.seconds:.0f} ms"
    return style | {"label": f"{style['label']}: {size}, {time}"}


def _draw_samples(axes: Axes, samples: Samples) -> None:
    stride = -(-len(samples.x) // _MAX_DRAWN)
    axes.plot(samples.x[::stride], samples.y[::stride], **_SAMPLES)


def semilogy(axes: Axes, x: Array, values: Array, **style: Any) -> None:
    """A curve over a logarithmic axis."""
    # A difference of exactly zero has no place on a logarithmic axis; without one below it the rest keeps its scale.
    axes.semilogy(x, np.where(values > 0, values, np.nan), **style)


def finish(axes: Axes, title: str, xlabel: str = "x", ylabel: str = "") -> None:
    """What all axes have."""
    axes.set_title(title)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
