"""What the run of a classifier shows: its confusions, its worst mistakes, its weights; and accuracy against λ."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.classification.pictures import Array
from training.classification.training import Judged, Trained

_ROWS, _COLUMNS = 4, 6
_TRAIN, _TEST = "tab:orange", "tab:blue"


def figures(trained: Trained, classes: Sequence[str]) -> dict[str, Figure]:
    """Those of one λ; confusions and mistakes are those among the test pictures."""
    return {
        "confusion": confusion(trained.test, classes),
        "mistakes": mistakes(trained.test, classes),
        "weights": weights(trained.weights),
    }


def confusion(judged: Judged, classes: Sequence[str]) -> Figure:
    """How often a picture of one class, by row, was taken for one of another, by column."""
    counts = confusion_matrix(judged, len(classes))
    figure = Figure(figsize=(2.4 + 0.55 * len(classes), 2 + 0.5 * len(classes)), layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=8)
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes, rotation=45 if max(map(len, classes)) > 2 else 0)
    axes.set_yticks(ticks, classes)
    axes.set(xlabel="prediction", ylabel="class", title=f"test pictures, {judged.accuracy:.2%} right")
    return figure


def confusion_matrix(judged: Judged, classes: int) -> NDArray[np.intp]:
    """The number of pictures by class and prediction, (classes, classes)."""
    cells = judged.pictures.labels * classes + judged.predictions
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def mistakes(judged: Judged, classes: Sequence[str]) -> Figure:
    """The pictures that were named wrongly with the highest probability, the worst first."""
    figure = Figure(figsize=(1.7 * _COLUMNS, 2.0 * _ROWS), layout="constrained")
    figure.suptitle("the most confident mistakes: class → prediction, probability")
    grid: list[Axes] = list(figure.subplots(_ROWS, _COLUMNS).flat)
    for axes in grid:
        axes.set_axis_off()
    for axes, row in zip(grid, most_confident_mistakes(judged), strict=False):
        label, predicted = judged.pictures.labels[row], judged.predictions[row]
        axes.imshow(judged.pictures.pixels[row], cmap="gray", vmin=0, vmax=255)
        probability = judged.probabilities[row, predicted]
        axes.set_title(f"{classes[label]} → {classes[predicted]}, {probability:.1%}", fontsize=8)
    return figure


def most_confident_mistakes(judged: Judged) -> NDArray[np.intp]:
    """The rows of the pictures that were named wrongly, by falling probability of what they were taken for."""
    wrong = np.flatnonzero(judged.predictions != judged.pictures.labels)
    confidence = judged.probabilities[wrong, judged.predictions[wrong]]
    return wrong[np.argsort(-confidence, kind="stable")]


def weights(layers: Sequence[Array]) -> Figure:
    """How the weights (out, in) of each layer are distributed; biases are left out."""
    figure = Figure(figsize=(3.6 * len(layers), 3.2), layout="constrained")
    for number, (axes, layer) in enumerate(zip(figure.subplots(1, len(layers), squeeze=False)[0], layers, strict=True)):
        axes.hist(layer.ravel(), bins=min(100, 5 + layer.size // 5), color=_TEST)
        shape = " x ".join(f"{side:,}" for side in layer.shape)
        axes.set(title=f"layer {number + 1}, {shape}: std. dev. {layer.std():.2g}", xlabel="weight", ylabel="number")
        axes.grid(alpha=0.3)
    return figure


def accuracy_against_lambda(table: Mapping[str, Sequence[float]]) -> Figure:
    """The columns NAME_accuracy over the column l2_lambda, on a scale that has a place for zero."""
    strengths = np.array(table["l2_lambda"])
    order, names = np.argsort(strengths), [name for name in table if name.endswith("_accuracy")]
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name, colour in zip(names, (_TRAIN, _TEST), strict=True):
        label = name.removesuffix("_accuracy")
        axes.plot(strengths[order], 100 * np.array(table[name])[order], color=colour, marker="o", label=label)
    if strengths.max() > 0:
        axes.set_xscale("symlog", linthresh=strengths[strengths > 0].min())
    axes.set(xlabel="λ", ylabel="accuracy, %", title="accuracy against the strength of L2")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure
