"""Figures of what is found out of a classifier: calibration, its learning curve, and where it looked when it erred."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.arrays import Array
from training.classification.calibration import BINS, reliability
from training.classification.diagnosis.learning_curve import LearningCurve
from training.classification.trained import Predictions
from training.evaluation.failure_rate import Rate
from training.plotting.style import BLUE, finish, legend, new

# Of the parts of a picture that the answer comes from.
_HEAT, _OPAQUE = "inferno", 0.55


def calibration(judged: Predictions) -> Figure:
    """The part named rightly against the probability of the likeliest class, in bins, with 95 % intervals."""
    _, confidence, accuracy, counts = reliability(judged.probabilities, judged.pictures.labels, BINS)
    some = counts > 0
    intervals = np.array(
        [Rate(round(a * n), int(n)).interval for a, n in zip(accuracy[some], counts[some], strict=True)]
    )
    figure, (axes,) = new()
    axes.plot([0, 100], [0, 100], color="0.6", linestyle="--", label="as it says")
    bars = 100 * np.clip([accuracy[some] - intervals[:, 0], intervals[:, 1] - accuracy[some]], 0, None)
    label = f"test pictures ({counts.sum():,}) in bins, 95 % interval"
    axes.errorbar(
        100 * confidence[some],
        100 * accuracy[some],
        bars,
        color=BLUE,
        marker="o",
        linestyle="none",
        capsize=3,
        label=label,
    )
    axes.set(xlim=(0, 102), ylim=(0, 102))
    title = f"Expected calibration error {judged.calibration_error:.1%}"
    finish(axes, title, "probability of the likeliest class, %", "named rightly, %")
    legend(figure)
    return figure


def learning_curve(curve: LearningCurve) -> Figure:
    """The test accuracy against the number of training pictures, with 95 % intervals."""
    figure, (axes,) = new()
    accuracies = np.array(curve.accuracies)
    intervals = np.array([Rate(round(each * curve.tested), curve.tested).interval for each in accuracies])
    bars = 100 * np.clip([accuracies - intervals[:, 0], intervals[:, 1] - accuracies], 0, None)
    label = f"test pictures ({curve.tested:,}), 95 % interval"
    axes.errorbar(curve.counts, 100 * accuracies, bars, color=BLUE, marker="o", capsize=3, label=label)
    axes.set_xscale("log", base=2)
    axes.set_xticks(curve.counts, [f"{count:,}" for count in curve.counts])
    axes.minorticks_off()
    outcome = {
        True: "More pictures would help",
        False: "More pictures would not help",
        None: "Too few test pictures to tell",
    }
    finish(axes, outcome[curve.helps], "number of training pictures", "accuracy, %")
    legend(figure)
    return figure


def overlay(axes: Axes, heat: Array, sides: Sequence[int]) -> None:
    """Lay over a picture of these sides (height, width) how much of an answer comes from each place (rows, columns)."""
    if heat.max() <= 0:
        return
    height, width = sides[:2]
    shares = heat / heat.max()
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    axes.imshow(shares, cmap=_HEAT, alpha=_OPAQUE * shares, extent=extent, interpolation="bilinear", vmin=0, vmax=1)
