"""Every figure. Colours and names are the same in all of them: the function is dashed and grey, the fit is blue."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.networks import Array, Network, evaluate
from training.targets import Target

_POINTS = 1_001
_FUNCTION: dict[str, Any] = {"color": "0.45", "linewidth": 2.5, "linestyle": (0, (4, 2)), "label": "function"}
_FIT: dict[str, Any] = {"color": "tab:blue", "linewidth": 1.3, "label": "fit"}
_ORDERS = ("f", "f'", "f''")


def figures(network: Network, target: Target, domain: tuple[float, float]) -> dict[str, Figure]:
    """What every run shows: the fit, its squared difference, its first and second derivative, and all on one page."""
    x = grid(domain)
    fits = evaluate(network, x, 2)
    truths = [target.derivative(x, order) for order in range(3)]
    return {
        "fit": _curves(target.name, x, [(truths[0], fits[0], "f")]),
        "squared_difference": _squared_difference(target.name, x, truths[0], fits[0]),
        "derivative_1": _curves(target.name, x, [(truths[1], fits[1], "f'")]),
        "derivative_2": _curves(target.name, x, [(truths[2], fits[2], "f''")]),
        "overview": _curves(target.name, x, list(zip(truths, fits, _ORDERS, strict=True))),
    }


def members(target: Target, domain: tuple[float, float], fits: Sequence[Array]) -> Figure:
    """The function and the fits of all members over each other, each taken at the points of the grid."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes, x = figure.subplots(), grid(domain)
    axes.plot(x, target.derivative(x), **_FUNCTION)
    axes.plot(x, np.transpose(fits), color=_FIT["color"], linewidth=0.8, alpha=max(0.1, 1 / len(fits)))
    _finish(axes, f"{len(fits)} fits of {target.name}")
    return figure


def grid(domain: tuple[float, float]) -> Array:
    """The points at which curves are drawn."""
    return np.linspace(*domain, _POINTS)


def _curves(title: str, x: Array, panels: Sequence[tuple[Array, Array, str]]) -> Figure:
    """The function and the fit, a panel for each order."""
    figure = Figure(figsize=(4.5 * len(panels) + 1.5, 4), layout="constrained")
    for axes, (truth, fit, label) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        axes.plot(x, truth, **_FUNCTION)
        axes.plot(x, fit, **_FIT)
        _finish(axes, f"{label} of {title}")
        axes.legend()
    return figure


def _squared_difference(title: str, x: Array, truth: Array, fit: Array) -> Figure:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    # A difference of exactly zero has no place on a logarithmic axis.
    axes.semilogy(x, np.maximum((fit - truth) ** 2, np.finfo(float).tiny), color=_FIT["color"], linewidth=1)
    _finish(axes, f"squared difference, {title}")
    return figure


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_xlabel("x")
    axes.grid(alpha=0.3)
