"""Figures of what is found out of a classifier."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from training.classification.diagnosis.learning_curve import LearningCurve
from training.classification.pictures import Pictures
from training.classification.trained import Predictions
from training.plotting.classifier_diagnosis import calibration, learning_curve, overlay


def test_calibration_shows_what_is_named_rightly_in_each_bin() -> None:
    probabilities = np.array([[0.95, 0.05]] * 10 + [[0.35, 0.65]] * 4)
    labels = np.array([0] * 9 + [1] + [1, 1, 0, 0])
    figure = calibration(
        Predictions(Pictures(np.zeros((14, 2, 2), np.uint8), labels), probabilities, probabilities.argmax(1))
    )
    (axes,) = figure.axes
    assert axes.get_title() == "Expected calibration error 7.9%"
    points = axes.containers[0].lines[0]  # type: ignore[attr-defined]
    np.testing.assert_allclose(points.get_xdata(), [65, 95])
    np.testing.assert_allclose(points.get_ydata(), [50, 90])


@pytest.mark.parametrize(
    ("gain", "title"),
    [
        ((0.05, 0.02, 0.08), "More pictures would help"),
        ((0.0, -0.01, 0.01), "More pictures would not help"),
        ((0.0, -0.1, 0.1), "Too few test pictures to tell"),
    ],
)
def test_a_learning_curve_says_whether_more_would_help(gain: tuple[float, float, float], title: str) -> None:
    (axes,) = learning_curve(LearningCurve([10, 20], [0.5, 0.6], 100, gain)).axes
    assert axes.get_title() == title
    assert [text.get_text() for text in axes.get_xticklabels()] == ["10", "20"]


def test_what_was_looked_at_lies_over_the_whole_picture_unless_it_is_nothing() -> None:
    axes = Figure().subplots()
    overlay(axes, np.zeros((7, 7)), (28, 14))
    assert not axes.images
    overlay(axes, np.eye(7), (28, 14))
    assert tuple(axes.images[0].get_extent()) == (-0.5, 13.5, 27.5, -0.5)
