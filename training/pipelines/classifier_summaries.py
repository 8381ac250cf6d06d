"""What is said of trained classifiers, on the terminal and in MLflow: a line for each λ."""

from collections.abc import Sequence

from training.classification.model_selection import Candidate
from training.classification.trained import Trained
from training.evaluation.failure_rate import Rate


def accuracies(candidates: Sequence[Candidate], trained: Sequence[Trained]) -> list[str]:
    """A line for each candidate, and one for each classifier that was tested."""
    return [*map(of_candidate, candidates), *map(of_tested, trained)]


def of_candidate(one: Candidate) -> str:
    """The accuracies and the loss of a candidate, in %."""
    training, validation = 100 * one.train_accuracy, 100 * one.validation_accuracy
    loss = f"loss {one.validation_loss:.4f}"
    return f"λ = {one.l2_lambda:<6g} training {training:.2f}   validation {validation:.2f}, {loss}"


def of_tested(one: Trained) -> str:
    """The accuracies of a classifier in %; that of the test pictures has its interval."""
    right = one.test.predictions == one.test.pictures.labels
    low, high = Rate.of(right.tolist()).interval
    test = f"test {100 * one.test.accuracy:.2f} (95 % interval {100 * low:.1f} to {100 * high:.1f})"
    return f"λ = {one.l2_lambda:<6g} training {100 * one.train.accuracy:.2f}   {test}"
