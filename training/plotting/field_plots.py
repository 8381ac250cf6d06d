"""The figures of a fit of several variables: maps, cuts along each variable, predicted against true values."""

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from training.arrays import Array
from training.data.box import Box
from training.models.field_network import FieldLayers, FieldNetwork, evaluate
from training.plotting.style import FIT, FUNCTION, SAMPLES, SMALLEST_RANGE, at_least, finish, legend
from training.surrogates.samples import FieldSamples
from training.targets.fields import Field

# Points to a side of a map, and of a cut; outputs and variables that are drawn.
_MAP, _CUT = 101, 401
_MOST_OUTPUTS, _MOST_CUTS = 3, 6
_MOST_DRAWN = 2_000
_SMALLEST = 1e-300
_SHORT = 16


@dataclass(frozen=True)
class FieldPicture:
    """What is drawn: a fit, and what is known beside it.

    Attributes:
        outputs: the names of the outputs.
        function: behind the samples, where it is known.
        judged: where the fit is judged: values that it has not seen.
    """

    box: Box
    outputs: tuple[str, ...]
    layers: FieldLayers
    function: Field | None
    judged: FieldSamples

    @property
    def labels(self) -> list[str]:
        """The outputs as axes name them: a long expression as f, or as one of several."""
        short = ["f"] if len(self.outputs) == 1 else [f"f{number}" for number in range(1, len(self.outputs) + 1)]
        return [name if len(name) <= _SHORT else other for name, other in zip(self.outputs, short, strict=True)]

    def fit(self, x: Array) -> Array:
        """The fit at x (n, d), (n, m)."""
        return evaluate(FieldNetwork(self.layers), x)[0]


def figures(picture: FieldPicture) -> dict[str, Figure]:
    """What every run shows, under the same names."""
    return {"maps": _maps(picture), "cuts": _cuts(picture)} | briefly(picture)


def briefly(picture: FieldPicture) -> dict[str, Figure]:
    """What a child of a study shows of its best run."""
    return {"predicted": _predicted(picture)}


def _maps(p: FieldPicture) -> Figure:
    """Fit, and where it is known the function and the error, over the two variables that matter most."""
    first, second = _leading(p)
    ends = [np.linspace(p.box.lows[i], p.box.highs[i], _MAP) for i in (first, second)]
    x = np.tile(p.box.center, (_MAP * _MAP, 1))
    x[:, first], x[:, second] = (side.ravel() for side in np.meshgrid(*ends))
    fit = p.fit(x)
    truth = p.function.evaluate(x)[0] if p.function is not None else None
    rows, columns = min(len(p.outputs), _MOST_OUTPUTS), 1 if truth is None else 3
    figure = Figure(figsize=(5 * columns, 4.2 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    where = _others(p, first, second)
    for output, row in enumerate(panels):
        name = p.labels[output]
        layers = {f"Fit of {name}": fit[:, output]}
        if truth is not None:
            error = np.maximum(np.abs(fit - truth)[:, output], _SMALLEST)
            layers = {f"Function {name}": truth[:, output], **layers, "Absolute error": error}
        shared = truth if truth is not None else fit
        for axes, (title, values) in zip(row, layers.items(), strict=True):
            is_error = title == "Absolute error"
            norm = LogNorm(max(values.max() * 1e-6, np.percentile(values, 1)), values.max()) if is_error else None
            limits = {} if is_error else {"vmin": shared[:, output].min(), "vmax": shared[:, output].max()}
            shape = values.reshape(_MAP, _MAP)
            colours = "magma" if is_error else "viridis"
            drawn = axes.pcolormesh(*ends, shape, cmap=colours, norm=norm, shading="gouraud", rasterized=True, **limits)
            figure.colorbar(drawn, ax=axes, label=f"|fit - {name}|" if is_error else name)
            finish(axes, title + where, p.box.variables[first], p.box.variables[second])
            axes.grid(visible=False)
    return figure


def _cuts(p: FieldPicture) -> Figure:
    """The fit along each variable through the middle of the domain."""
    d, rows = min(p.box.dimension, _MOST_CUTS), min(len(p.outputs), _MOST_OUTPUTS)
    figure = Figure(figsize=(4.2 * min(d, 3), 3.4 * rows * -(-d // 3)), layout="constrained")
    panels = figure.subplots(rows * -(-d // 3), min(d, 3), squeeze=False).ravel()
    for axes in panels[rows * d :]:
        axes.set_visible(False)
    for index in range(rows * d):
        output, variable = divmod(index, d)
        axes, x = panels[index], np.tile(p.box.center, (_CUT, 1))
        x[:, variable] = np.linspace(p.box.lows[variable], p.box.highs[variable], _CUT)
        if p.function is not None:
            axes.plot(x[:, variable], p.function.evaluate(x)[0][:, output], **FUNCTION)
        axes.plot(x[:, variable], p.fit(x)[:, output], **FIT)
        name = p.labels[output]
        finish(axes, f"{name} through the middle of the domain", p.box.variables[variable], name)
        at_least(axes, SMALLEST_RANGE * float(np.abs(p.judged.y[:, output]).max()))
    legend(figure)
    return figure


def _predicted(p: FieldPicture) -> Figure:
    """The fit against values that it has not seen."""
    count = min(len(p.outputs), _MOST_OUTPUTS)
    figure = Figure(figsize=(4.8 * count, 4.6), layout="constrained")
    drawn = slice(None, None, -(-len(p.judged.x) // _MOST_DRAWN))
    fit, truth = p.fit(p.judged.x[drawn]), p.judged.y[drawn]
    known = "function" if p.function is not None else "held-out samples"
    for output, axes in enumerate(figure.subplots(1, count, squeeze=False)[0]):
        ends = [truth[:, output].min(), truth[:, output].max()]
        axes.plot(ends, ends, **FUNCTION | {"linewidth": 2, "label": "fit = " + known})
        axes.plot(truth[:, output], fit[:, output], **SAMPLES | {"color": FIT["color"], "label": "points not seen"})
        name = p.labels[output]
        finish(axes, f"Predicted against true: {name}", f"{name}, {known}", f"{name}, fit")
    legend(figure)
    return figure


def _leading(p: FieldPicture) -> tuple[int, int]:
    """The two variables along which the fit changes most over the domain, in their order."""
    x = p.judged.x[: _MOST_DRAWN // 4]
    gradients = evaluate(FieldNetwork(p.layers), x, 1)[1]
    change = np.mean(np.abs(gradients), axis=(0, 1)) * p.box.half_widths
    first, second = sorted(np.argsort(change)[-2:])
    return int(first), int(second)


def _others(p: FieldPicture, first: int, second: int) -> str:
    return "" if p.box.dimension == 2 else ",\nother variables in the middle"
