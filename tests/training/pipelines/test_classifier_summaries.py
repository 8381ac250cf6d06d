import numpy as np

from training.classification.model_selection import Candidate
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures
from training.classification.trained import Predictions, Trained
from training.pipelines.classifier_summaries import accuracies


def judged(right: int, pictures: int) -> Predictions:
    """So many of the pictures of a class are named rightly."""
    predictions = (np.arange(pictures) >= right).astype(np.intp)
    labels = np.zeros(pictures, np.int64)
    return Predictions(Pictures(np.zeros((pictures, 1, 1), np.uint8), labels), np.eye(2)[predictions], predictions)


def test_a_line_for_each_with_what_it_was_judged_by() -> None:
    candidate = Candidate(0.1, 0.98765, 0.5, 0.12345, 1.0, 50)
    tested = Trained(1e9, PictureClassifier(), [], [], 1.0, judged(3, 3), judged(8, 10))
    assert accuracies([candidate], [tested]) == [
        "λ = 0.1    training 98.77   validation 50.00, loss 0.1235",
        # Wilson's interval of 8 of 10.
        "λ = 1e+09  training 100.00   test 80.00 (95 % interval 49.0 to 94.3)",
    ]


def test_of_one_picture_the_interval_is_wide() -> None:
    (line,) = accuracies([], [Trained(0, PictureClassifier(), [], [], 1.0, judged(1, 1), judged(0, 1))])
    assert line == "λ = 0      training 100.00   test 0.00 (95 % interval 0.0 to 79.3)"
