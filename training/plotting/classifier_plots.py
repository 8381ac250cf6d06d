"""What the run of a classifier shows: its confusions, its worst mistakes, its weights; and accuracy against λ."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.arrays import Array
from training.classification.diagnosis.occlusion import looked_at
from training.classification.picture_classifier import PictureClassifier
from training.classification.trained import Predictions, Trained
from training.evaluation.failure_rate import Rate
from training.plotting.classifier_diagnosis import calibration, overlay
from training.plotting.style import BLUE, ORANGE, finish, integers, legend, new, number_ticks

_ROWS, _COLUMNS = 4, 6
_TRAIN, _TEST = ORANGE, BLUE
# Inches of the title with an interval.
_TITLE_WIDTH = 4.4


def figures(trained: Trained, classes: Sequence[str]) -> dict[str, Figure]:
    """The figures of one λ; confusions and mistakes are those among the test pictures."""
    return {
        "confusion": confusion(trained.test, classes),
        "mistakes": mistakes(trained.test, classes, trained.network),
        "calibration": calibration(trained.test),
        "weights": weights(trained.weights),
    }


def confusion(judged: Predictions, classes: Sequence[str]) -> Figure:
    """How often a picture of one class, by row, was taken for one of another, by column."""
    counts = confusion_matrix(judged, len(classes))
    size = max(_TITLE_WIDTH, 2.4 + 0.55 * len(classes)), 2 + 0.5 * len(classes)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=8)
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes, rotation=45 if max(map(len, classes)) > 2 else 0)
    axes.set_yticks(ticks, classes)
    axes.set(xlabel="prediction", ylabel="class", title=_right(judged))
    return figure


def _right(judged: Predictions) -> str:
    """How many pictures are named rightly, and what that says of others."""
    right = judged.predictions == judged.pictures.labels
    rate = Rate.of(right.tolist())
    low, high = (f"{end:.1%}" for end in rate.interval)
    return f"Test pictures: {right.sum():,} of {len(right):,} right\n{rate.value:.1%}, 95 % interval {low} to {high}"


def confusion_matrix(judged: Predictions, classes: int) -> NDArray[np.intp]:
    """The number of pictures by class and prediction, (classes, classes)."""
    cells = judged.pictures.labels * classes + judged.predictions
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def mistakes(judged: Predictions, classes: Sequence[str], network: PictureClassifier | None = None) -> Figure:
    """The pictures that were named wrongly with the highest probability, the worst first.

    Over each lies what the network looked at, if one is given.
    """
    worst = most_confident_mistakes(judged)[: _ROWS * _COLUMNS]
    heats = (
        looked_at(network, judged.pictures.pixels[worst], judged.predictions[worst]) if network and len(worst) else None
    )
    rows = min(_ROWS, -(-len(worst) // _COLUMNS))
    figure = Figure(figsize=(1.7 * _COLUMNS, 0.4 + 1.9 * rows), layout="constrained")
    said = (
        "The most confident mistakes: class → prediction, probability" if rows else "No test picture is named wrongly"
    )
    if heats is not None:
        said += "; bright is what the prediction comes from"
    figure.suptitle(said)
    grid: list[Axes] = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat) if rows else []
    for axes in grid:
        axes.set_axis_off()
    for number, (axes, row) in enumerate(zip(grid, worst, strict=False)):
        label, predicted = judged.pictures.labels[row], judged.predictions[row]
        axes.imshow(judged.pictures.pixels[row], cmap="gray", vmin=0, vmax=255)
        if heats is not None:
            overlay(axes, heats[number], judged.pictures.pixels.shape[1:])
        probability = judged.probabilities[row, predicted]
        axes.set_title(f"{classes[label]} → {classes[predicted]}, {probability:.1%}", fontsize=8)
    return figure


def most_confident_mistakes(judged: Predictions) -> NDArray[np.intp]:
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
        finish(axes, f"Layer {number + 1} ({shape}): std {layer.std():.2g}", "weight", "number of weights")
        integers(axes.yaxis)
    return figure


def accuracy_against_lambda(table: Mapping[str, Sequence[float]], judged: int) -> Figure:
    """The columns NAME_accuracy over the column l2_lambda, on a scale that has a place for zero.

    Args:
        table: with a row for each λ.
        judged: pictures behind the second accuracy, from which its 95 % intervals follow.
    """
    strengths = np.array(table["l2_lambda"])
    order, names = np.argsort(strengths), [name for name in table if name.endswith("_accuracy")]
    train, test = (np.array(table[name])[order] for name in names)
    figure, (axes,) = new()
    axes.plot(strengths[order], 100 * train, color=_TRAIN, marker="o", label="training pictures")
    low, high = np.transpose([Rate(round(judged * each), judged).interval for each in test])
    bars = 100 * np.clip([test - low, high - test], 0, None)
    label = f"{names[1].removesuffix('_accuracy')} pictures ({judged:,}), 95 % interval"
    axes.errorbar(strengths[order], 100 * test, bars, color=_TEST, marker="o", capsize=3, label=label)
    if strengths.max() > 0:
        axes.set_xscale("symlog", linthresh=strengths[strengths > 0].min())
    number_ticks(axes, strengths.tolist())
    finish(axes, "Accuracy against the strength of L2", "λ, strength of L2", "accuracy, %")
    legend(figure)
    return figure
