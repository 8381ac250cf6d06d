"""Whether probabilities are what they say, and the temperature that makes them so (Guo et al., ICML 2017).

A classifier that is trained until it errs no more is too sure of itself. Pictures that it was not trained with tell by
how much: all logits are divided by one number, the temperature, at which these pictures are the likeliest. Which class
is the likeliest stays as it is.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from training.arrays import Array
from training.classification.pictures import Labels

BINS = 10
# A temperature beyond these says that there is nothing to calibrate by.
_COLDEST, _HOTTEST = 1 / 20, 20.0
_SMALLEST = np.finfo(float).tiny


def temperature(probabilities: Array, labels: Labels) -> float:
    """The temperature at which probabilities (m, classes) give labels (m,) the highest likelihood.

    One picture more than there are, of every class but its own in equal parts, stands beside them (as in Platt's
    method): where all are named rightly, the likelihood alone would make every answer certain.
    """
    classes, beside = probabilities.shape[1], 1 / (len(labels) + 2)
    wanted = np.full(probabilities.shape, beside / (classes - 1))
    wanted[np.arange(len(labels)), labels] = 1 - beside

    def cost(logarithm: float) -> float:
        return -float(np.mean(np.sum(wanted * _logarithms(probabilities, float(np.exp(logarithm))), 1)))

    bounds = (np.log(_COLDEST), np.log(_HOTTEST))
    return float(np.exp(minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x))


def softened(probabilities: Array, temperature: float) -> Array:
    """Probabilities (m, classes) at another temperature than 1."""
    return np.exp(_logarithms(probabilities, temperature))


def calibration_error(probabilities: Array, labels: Labels, bins: int = BINS) -> float:
    """The expected calibration error: how far off the probability of the likeliest class is, on average.

    Pictures (m, classes) are put into bins of equal width by that probability; in each its mean is compared with the
    part that is named rightly.
    """
    _, confidence, accuracy, counts = reliability(probabilities, labels, bins)
    return float(np.sum(counts * np.abs(confidence - accuracy)) / max(1, counts.sum()))


def reliability(
    probabilities: Array, labels: Labels, bins: int = BINS
) -> tuple[Array, Array, Array, NDArray[np.int64]]:
    """The middle of each bin, and of its pictures the mean probability, the part named rightly and the number.

    Each (bins,); of a bin without pictures mean and part are zero.
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    places = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    counts = np.bincount(places, minlength=bins)
    some = np.maximum(counts, 1)
    means = [np.bincount(places, weights, bins) / some for weights in (confidence, right.astype(float))]
    return (np.arange(bins) + 0.5) / bins, means[0], means[1], counts


def _logarithms(probabilities: Array, temperature: float) -> Array:
    """The logarithms of the probabilities at a temperature."""
    logits = np.log(np.maximum(probabilities, _SMALLEST)) / temperature
    logits -= logits.max(1, keepdims=True)
    found: Array = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return found
