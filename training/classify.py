"""Entry point `classify`: train classifiers of pictures with several strengths of L2, and register the best."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import mlflow

from training import classifier_export, classifier_plots, classifier_search, picture_sets, tracking
from training.classifier_training import Trained, train
from training.classify_config import ClassifyConfig
from training.entry_point import enter
from training.errors import TrainingDiverged
from training.export import Registered
from training.pictures import PictureSet


@dataclass(frozen=True)
class Classification:
    """All that was trained, in the order of the λ given, the run of all, and the version of the best, if any.

    Attributes:
        candidates: what a search has trained and judged on a part of the training pictures, which then stand where the
            test pictures do; empty without a search.
    """

    config: ClassifyConfig
    candidates: list[Trained]
    trained: list[Trained]
    run_id: str
    registered: Registered | None

    @property
    def best(self) -> Trained:
        """The highest test accuracy."""
        return _best(self.trained)


def classify(config: ClassifyConfig) -> Classification:
    """Train a classifier with each λ, log each to a run of its own below one of all, and register the best.

    A search trains them without a part of the training pictures, on which it chooses one λ; that one is then trained
    on all of them, and it alone is tested.

    Raises:
        InvalidParameter: the pictures are missing or can not be used.
        TrainingDiverged: the cost of every λ stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store can not be reached or written.
    """
    pictures = picture_sets.load(config)
    with tracking.run(config, f"{config.named} {config.activation} {','.join(map(str, config.hidden))}") as run_id:
        candidates: list[Trained] = []
        chosen = config
        if config.search:
            candidates = _train(config, classifier_search.without_test(pictures, config), run_id, "validation")
            chosen = config.with_lambda(classifier_search.best(candidates).l2_lambda)
        trained = _train(chosen, pictures, run_id, "test")
        best = _best(trained)
        _log_all(run_id, trained, candidates)
        registered = _register(config, best, pictures)
    return Classification(config, candidates, trained, run_id, registered)


def main(arguments: list[str]) -> None:
    """Train what the command line says and tell the result in a few lines."""
    enter(ClassifyConfig, lambda config: _summary(classify(config)), arguments)


def _train(config: ClassifyConfig, pictures: PictureSet, run_id: str, judged_on: str) -> list[Trained]:
    """Train all λ, and log each to a run of its own, which is FAILED where it diverged."""
    trained = {one.l2_lambda: one for one in train(config, pictures, run_id)}
    for strength in config.l2_lambda:
        name = f"λ = {strength:g}" + (", a candidate" if judged_on == "validation" else "")
        with (
            suppress(TrainingDiverged),
            tracking.run(config.with_lambda(strength), name, parent=run_id) as child,
        ):
            if strength not in trained:
                raise TrainingDiverged(
                    f"the cost stopped being finite: try a learning_rate below {config.learning_rate}"
                )
            _log_one(child, trained[strength], pictures, judged_on)
    return list(trained.values())


def _log_one(run_id: str, one: Trained, pictures: PictureSet, judged_on: str) -> None:
    accuracies = {"train_accuracy": one.train.accuracy, f"{judged_on}_accuracy": one.test.accuracy}
    metrics = {**accuracies, **one.diagnosis.metrics, "seconds": one.seconds}
    tracking.log_metrics(run_id, metrics, step=len(one.costs))
    tracking.log_curve(run_id, "cost", one.costs)
    tracking.log_tags(one.diagnosis.tags)
    if judged_on == "test":
        tracking.log_figures(classifier_plots.figures(one, pictures.classes))


def _log_all(run_id: str, trained: Sequence[Trained], candidates: Sequence[Trained]) -> None:
    """What the run of all shows: the best, what to work on, the table and accuracy against λ."""
    best, first = _best(trained), _least_regularised(trained).diagnosis
    metrics = {
        "best_lambda": best.l2_lambda,
        "train_accuracy": best.train.accuracy,
        "test_accuracy": best.test.accuracy,
        **first.metrics,
        "seconds": sum(one.seconds for one in [*trained, *candidates]),
    }
    tracking.log_metrics(run_id, metrics, step=0)
    tracking.log_tags(first.tags)
    tracking.log_table("accuracy", _table(trained, "test"))
    compared, judged_on = (candidates, "validation") if candidates else (trained, "test")
    if candidates:
        tracking.log_table("search", _table(candidates, "validation"))
    tracking.log_figures({"accuracy_against_lambda": classifier_plots.accuracy_against_lambda(compared, judged_on)})


def _table(trained: Sequence[Trained], judged_on: str) -> dict[str, list[float]]:
    return {
        "l2_lambda": [one.l2_lambda for one in trained],
        "train_accuracy": [one.train.accuracy for one in trained],
        f"{judged_on}_accuracy": [one.test.accuracy for one in trained],
        "bias": [one.diagnosis.bias for one in trained],
        "variance": [one.diagnosis.variance for one in trained],
    }


def _best(trained: Sequence[Trained]) -> Trained:
    return max(trained, key=lambda one: one.test.accuracy)


def _least_regularised(trained: Sequence[Trained]) -> Trained:
    return min(trained, key=lambda one: one.l2_lambda)


def _register(config: ClassifyConfig, best: Trained, pictures: PictureSet) -> Registered | None:
    if config.registered_name is None:
        return None
    metadata = {
        "l2_lambda": best.l2_lambda,
        "train_accuracy": best.train.accuracy,
        "test_accuracy": best.test.accuracy,
    }
    return classifier_export.register(best.network, config.registered_name, pictures, metadata, config.champion)


def _summary(result: Classification) -> str:
    config, trained = result.config, result.trained
    lines = [f"{config.named}, accuracy in %:"]
    lines += [_line(one, "validation") for one in result.candidates]
    lines += [_line(one, "test") for one in trained]
    if len(trained) < len(config.l2_lambda) and not config.search:
        lines.append("the others diverged: see their runs")
    least = _least_regularised(trained)
    lines.append(f"λ = {least.l2_lambda:g}: {least.diagnosis.sentence}")
    if gain := result.best.test.accuracy - least.test.accuracy:
        lines.append(f"λ = {result.best.l2_lambda:g} gains {100 * gain:.2f} points on the test pictures")
    lines.append(f"run {result.run_id} in {mlflow.get_tracking_uri()}: look at it with `mlflow ui`")
    if registered := result.registered:
        kept = "now the champion" if registered.champion else "not the champion"
        lines.append(f"registered as {registered.name} version {registered.version}, {kept} ({registered.reason})")
    return "\n".join(lines)


def _line(one: Trained, judged_on: str) -> str:
    return (
        f"λ = {one.l2_lambda:<6g} training {100 * one.train.accuracy:.6f}   {judged_on} {100 * one.test.accuracy:.6f}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
