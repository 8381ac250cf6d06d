"""What the figures of a classifier show; how they look is test_gallery.py's."""

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from training.classification.pictures import Pictures
from training.classification.trained import Predictions
from training.plotting.classifier_plots import (
    accuracy_against_lambda,
    confusion,
    confusion_matrix,
    mistakes,
    most_confident_mistakes,
    weights,
)

LABELS, PREDICTIONS = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 0, 0, 2])
SURE = np.array([0.9, 0.6, 0.9, 0.8, 0.8, 0.9])
PROBABILITIES = np.full((6, 3), 0.05)
PROBABILITIES[np.arange(6), PREDICTIONS] = SURE
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 4), dtype=np.uint8)
JUDGED = Predictions(Pictures(PIXELS, LABELS), PROBABILITIES, PREDICTIONS)
CLASSES = ("a", "b", "c")


def test_confusions_are_counted_by_class_and_prediction() -> None:
    np.testing.assert_array_equal(confusion_matrix(JUDGED, 3), [[1, 1, 0], [1, 1, 0], [1, 0, 1]])
    (axes,) = confusion(JUDGED, CLASSES).axes
    assert [text.get_text() for text in axes.texts] == list("110110101")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("prediction", "class")
    assert axes.get_title().startswith("Test pictures: 3 of 6 right\n50.0%, 95 % interval ")


def test_the_worst_mistakes_come_first_and_equal_ones_in_their_order() -> None:
    assert most_confident_mistakes(JUDGED).tolist() == [3, 4, 1]
    titles = [axes.get_title() for axes in mistakes(JUDGED, CLASSES).axes if axes.get_title()]
    assert titles == ["b → a, 80.0%", "c → a, 80.0%", "a → b, 60.0%"]


def test_where_nothing_is_wrong_it_says_so() -> None:
    right = Predictions(JUDGED.pictures, PROBABILITIES, LABELS)
    figure = mistakes(right, CLASSES)
    assert figure.get_suptitle() == "No test picture is named wrongly"
    assert not figure.axes


def test_no_more_mistakes_are_drawn_than_fit_on_a_page() -> None:
    many = Predictions.together([JUDGED] * 20)
    assert len([axes for axes in mistakes(many, CLASSES).axes if axes.get_title()]) == 24


def test_each_layer_has_the_histogram_of_its_weights() -> None:
    layers = [np.ones((20, 784)), np.ones((10, 20))]
    axes = weights(layers).axes
    assert [each.get_title() for each in axes] == ["Layer 1 (20 x 784): std 0", "Layer 2 (10 x 20): std 0"]
    for each, layer in zip(axes, layers, strict=True):
        assert sum(bar.get_height() for bar in each.patches) == layer.size  # type: ignore[attr-defined]


@pytest.mark.parametrize("second", ["test", "validation"])
def test_accuracies_are_drawn_in_the_order_of_their_strengths(second: str) -> None:
    strengths, train = [1.0, 0.0, 0.1], [0.7, 1, 0.9]
    table = {"l2_lambda": strengths, "train_accuracy": train, f"{second}_accuracy": [0.6, 0.7, 0.8]}
    figure = accuracy_against_lambda(table, 50)
    (axes,) = figure.axes
    np.testing.assert_allclose(np.asarray(axes.lines[0].get_xydata()), np.array([[0, 100.0], [0.1, 90], [1, 70]]))
    (bars,) = axes.containers
    assert isinstance(bars, ErrorbarContainer)
    assert bars.lines[0] is not None
    np.testing.assert_allclose(np.asarray(bars.lines[0].get_ydata(), float), [70, 80, 60])
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told == ["training pictures", f"{second} pictures (50), 95 % interval"]
    assert axes.get_xscale() == "symlog"
