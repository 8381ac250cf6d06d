"""Entry point `classify`: train classifiers of pictures with several strengths of L2, and register the best."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from training.classification.config import ClassifyConfig
from training.cli.entry_point import begin, enter

begin(__name__, ClassifyConfig)

from training.classification import picture_sets
from training.classification.diagnosis.findings import Findings, examine
from training.classification.model_selection import Candidate, best, search
from training.classification.pictures import PictureSet
from training.classification.trained import Trained
from training.classification.training import train
from training.errors import TrainingDiverged
from training.evaluation.failure_rate import Rate
from training.export import classifier_model
from training.export.function_model import Registered
from training.export.metadata import ClassifierDescription
from training.export.quantity import file_source
from training.plotting import classifier_diagnosis, classifier_plots
from training.runtime import checkpoints
from training.tracking import dataset_input, experiment, tracking
from training.tracking.description import Description, describe
from training.tracking.metric_names import grouped


@dataclass(frozen=True)
class Classification:
    """All that was trained, in the order of the λ given, the run of all, and the version of the best, if any.

    Attributes:
        candidates: what was judged on training pictures that were left out, in a search or by a network that always
            is (training.classification.networks); else empty.
        chosen: the λ that these pictures chose, or else None.
        findings: what there is to say of the pictures and of the best.
    """

    config: ClassifyConfig
    candidates: list[Candidate]
    trained: list[Trained]
    run_id: str
    registered: Registered | None
    chosen: float | None = None
    findings: Findings = field(default_factory=Findings)

    @property
    def best(self) -> Trained:
        """The λ that pictures which were left out have chosen, or else that of the highest test accuracy."""
        return _best(self.trained, self.chosen)

    @property
    def least_regularised(self) -> Trained:
        """The smallest λ, which shows what there is to work on."""
        return min(self.trained, key=lambda one: one.l2_lambda)

    @property
    def diagnosis(self) -> str:
        """What there is to work on, in a sentence."""
        return f"λ = {self.least_regularised.l2_lambda:g}: {self.least_regularised.diagnosis.sentence}"


def classify(config: ClassifyConfig) -> Classification:
    """Train a classifier with each λ, log each to a run of its own below one of all, and register the best.

    A search trains them without a part of the training pictures, on which it chooses one λ; that one is then trained
    on all of them, and it alone is tested. A network that is always judged so has its best λ chosen in the same way,
    beside the others, and its probabilities calibrated.

    Raises:
        InvalidParameter: the pictures are missing or cannot be used.
        TrainingDiverged: the cost of every λ stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store cannot be reached or written.
    """
    pictures = picture_sets.load(config)
    with (
        checkpoints.resumable(config, pictures.digest) as folder,
        tracking.run(config, config.run_name, folder=folder) as run_id,
    ):
        _log_datasets(pictures, run_id)
        candidates, chosen = list[Candidate](), None
        if config.search or config.row.cross_validated:
            candidates = search(config, pictures, folder)
            _log_candidates(config, candidates, run_id)
            chosen = best(candidates).l2_lambda
        own = config.with_lambda(chosen) if config.search and chosen is not None else config
        trained = _calibrated(train(own, pictures, folder), candidates, config)
        chosen = _by_held_out(trained) if chosen is None else chosen
        _log_members(own, trained, pictures, run_id)
        registered = _register(config, _best(trained, chosen), pictures)
        tracking.log_registered(registered)
        findings = examine(config, pictures, _best(trained, chosen), folder)
        found = Classification(config, candidates, trained, run_id, registered, chosen, findings)
        _log_all(found)
        result = [config.named, *_accuracies(found), found.diagnosis, *found.findings.lines]
        describe(run_id, Description(result, [], "accuracy_against_lambda.png", config), registered)
    return found


def main(arguments: list[str]) -> None:
    """Train what the command line says and tell the result in a few lines."""
    enter(ClassifyConfig, lambda config: _summary(classify(config)), arguments)


def _log_datasets(pictures: PictureSet, run_id: str) -> None:
    for context in ("training", "test"):
        tracking.log_dataset(run_id, context, dataset_input.of_pictures(pictures, context))


def _log_candidates(config: ClassifyConfig, candidates: Sequence[Candidate], run_id: str) -> None:
    for one in candidates:
        name = f"λ = {one.l2_lambda:g}, a candidate"
        with tracking.run(config.with_lambda(one.l2_lambda), name, parent=run_id) as child:
            tracking.log_metrics(child, grouped(one.metrics), step=config.epochs)
            described = [f"{config.named}, a candidate for λ, judged on {one.pictures:,} pictures", _candidate(one)]
            describe(child, Description(described, [], None, config.with_lambda(one.l2_lambda)))


def _log_members(config: ClassifyConfig, trained: Sequence[Trained], pictures: PictureSet, run_id: str) -> None:
    """Each λ in a run of its own, which is FAILED where it diverged."""
    finite = {one.l2_lambda: one for one in trained}
    for strength in config.l2_lambda:
        own, name = config.with_lambda(strength), f"λ = {strength:g}"
        with suppress(TrainingDiverged), tracking.run(own, name, parent=run_id) as child:
            if strength not in finite:
                raise TrainingDiverged(
                    f"the cost was no longer finite: try a learning_rate below {own.learning_rate:g}"
                )
            one = finite[strength]
            _log_datasets(pictures, child)
            tracking.log_metrics(child, grouped(one.metrics), step=len(one.costs))
            tracking.log_curve(child, "cost", one.costs)
            tracking.log_tags(one.diagnosis.tags)
            tracking.log_figures(classifier_plots.figures(one, pictures.classes))
            described = [f"{config.named}, accuracy in %", _tested(one), one.diagnosis.sentence]
            describe(child, Description(described, [], "confusion.png", own))


def _log_all(result: Classification) -> None:
    """What the run of all shows: the best, what to work on, the table and accuracy against λ."""
    first = result.least_regularised.diagnosis
    seconds = sum(one.seconds for one in result.trained) + sum(one.seconds for one in result.candidates)
    metrics = {**result.best.metrics, "best_lambda": result.best.l2_lambda, "seconds": seconds}
    tracking.log_metrics(result.run_id, grouped(metrics), step=0)
    tracking.log_tags({**first.tags, **result.findings.tags, "diagnosis": result.diagnosis})
    if curve := result.findings.curve:
        tracking.log_metrics(result.run_id, curve.metrics, step=0)
        tracking.log_table("learning_curve", curve.table)
        tracking.log_figures({"learning_curve": classifier_diagnosis.learning_curve(curve)})
    table = _table([{"l2_lambda": one.l2_lambda, **one.metrics} for one in result.trained])
    tracking.log_table("accuracy", table)
    if result.candidates:
        searched = _table([{"l2_lambda": one.l2_lambda, **one.metrics} for one in result.candidates])
        tracking.log_table("search", searched)
    judged = len(result.best.test.pictures)
    if result.config.search:
        table, judged = searched, result.candidates[0].pictures
    tracking.log_figures({"accuracy_against_lambda": classifier_plots.accuracy_against_lambda(table, judged)})


def _table(rows: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _best(trained: Sequence[Trained], chosen: float | None) -> Trained:
    """The chosen one, or else that of the highest test accuracy."""
    of_chosen = [one for one in trained if one.l2_lambda == chosen]
    return of_chosen[0] if of_chosen else max(trained, key=lambda one: one.test.accuracy)


def _by_held_out(trained: Sequence[Trained]) -> float | None:
    """The λ of the least loss on training pictures that were held out, where each of several has some."""
    losses = {one.l2_lambda: float(one.held_out.losses.mean()) for one in trained if one.held_out}
    return min(losses, key=losses.__getitem__) if len(losses) == len(trained) > 1 else None


def _calibrated(trained: list[Trained], candidates: Sequence[Candidate], config: ClassifyConfig) -> list[Trained]:
    """At the temperatures that pictures tell which they were not trained with, for the networks that have one."""
    held_out = {one.l2_lambda: one.held_out for one in candidates} if config.row.cross_validated else {}
    judged = [one.held_out or held_out.get(one.l2_lambda) for one in trained]
    return [one if on is None else one.calibrated(on) for one, on in zip(trained, judged, strict=True)]


def _register(config: ClassifyConfig, best: Trained, pictures: PictureSet) -> Registered | None:
    if config.registered_name is None:
        return None
    described: ClassifierDescription = {
        "l2_lambda": best.l2_lambda,
        "train_accuracy": best.train.accuracy,
        "test_accuracy": best.test.accuracy,
    }
    if best.temperature is not None:
        described |= {"temperature": best.temperature, "calibration_error": best.test.calibration_error}
    if config.dataset == "pictures" and config.data_dir is not None:
        described["source"] = file_source(config.data_dir, pictures.digest) if config.register_as == "auto" else {}
    return classifier_model.register(best.network, config.registered_name, pictures, described, config.champion)


def _accuracies(result: Classification) -> list[str]:
    """A line for each λ; what is tested has its interval."""
    return [*map(_candidate, result.candidates), *map(_tested, result.trained)]


def _candidate(one: Candidate) -> str:
    training, validation = 100 * one.train_accuracy, 100 * one.validation_accuracy
    loss = f"loss {one.validation_loss:.4f}"
    return f"λ = {one.l2_lambda:<6g} training {training:.2f}   validation {validation:.2f}, {loss}"


def _tested(one: Trained) -> str:
    right = one.test.predictions == one.test.pictures.labels
    low, high = Rate.of(right.tolist()).interval
    test = f"test {100 * one.test.accuracy:.2f} (95 % interval {100 * low:.1f} to {100 * high:.1f})"
    return f"λ = {one.l2_lambda:<6g} training {100 * one.train.accuracy:.2f}   {test}"


def _summary(result: Classification) -> str:
    config, trained = result.config, result.trained
    lines = [f"{config.named}, accuracy in %:", *_accuracies(result)]
    if len(trained) < len(config.l2_lambda) and not config.search:
        lines.append("the others diverged: see their runs")
    least = result.least_regularised
    lines += [result.diagnosis, *result.findings.lines]
    if result.chosen is not None and not config.search:
        lines.append(f"λ = {result.chosen:g} is registered: the least loss on training pictures that were left out")
    if gain := result.best.test.accuracy - least.test.accuracy:
        lines.append(f"λ = {result.best.l2_lambda:g} gains {100 * gain:.2f} points on the test pictures")
    if result.registered:
        lines.append(str(result.registered))
    return "\n".join([*lines, experiment.link(result.run_id)])


if __name__ == "__main__":
    main(sys.argv[1:])
