"""Classifiers from their pictures to a registered version: trained for each λ, judged, drawn, logged to MLflow."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from training.classification import model_selection, picture_sets
from training.classification.config import ClassifyConfig
from training.classification.diagnosis.findings import Findings, examine
from training.classification.model_selection import Candidate
from training.classification.pictures import PictureSet
from training.classification.trained import Trained
from training.classification.training import train
from training.errors import TrainingDiverged
from training.export import classifier_model
from training.export.function_model import Registered
from training.export.metadata import ClassifierDescription
from training.export.quantity import file_source
from training.pipelines import classifier_summaries
from training.plotting import classifier_diagnosis, classifier_plots
from training.runtime import checkpoints
from training.tracking import dataset_input, tracking
from training.tracking.description import Description, describe
from training.tracking.metric_names import grouped


@dataclass(frozen=True)
class Classification:
    """All that was trained, in the order of the λ given, the run of all, and the version of the best, if any.

    Attributes:
        candidates: each λ as it does on training pictures that were left out, in a search or for a network that always
            does so (training.classification.networks); else empty.
        chosen: the λ that these pictures chose, or else None.
        findings: on the pictures and the best classifier.
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
        return model_selection.select(self.trained, self.chosen)

    @property
    def least_regularised(self) -> Trained:
        """The smallest λ, which shows what there is to work on."""
        return min(self.trained, key=lambda one: one.l2_lambda)

    @property
    def diagnosis(self) -> str:
        """Bias or variance, in a sentence."""
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
            candidates = model_selection.search(config, pictures, folder)
            _log_candidates(config, candidates, run_id)
            chosen = model_selection.best(candidates).l2_lambda
        own = config.with_lambda(chosen) if config.search and chosen is not None else config
        judged = candidates if config.row.cross_validated else []
        trained = model_selection.calibrated(train(own, pictures, folder), judged)
        chosen = model_selection.by_held_out(trained) if chosen is None else chosen
        _log_members(own, trained, pictures, run_id)
        best = model_selection.select(trained, chosen)
        registered = _register(config, best, pictures)
        tracking.log_registered(registered)
        findings = examine(config, pictures, best, folder)
        found = Classification(config, candidates, trained, run_id, registered, chosen, findings)
        _log_all(found)
        result = [
            config.named,
            *classifier_summaries.accuracies(candidates, trained),
            found.diagnosis,
            *found.findings.lines,
        ]
        describe(run_id, Description(result, [], "accuracy_against_lambda.png", config), registered)
    return found


def _log_datasets(pictures: PictureSet, run_id: str) -> None:
    for context in ("training", "test"):
        tracking.log_dataset(run_id, context, dataset_input.of_pictures(pictures, context))


def _log_candidates(config: ClassifyConfig, candidates: Sequence[Candidate], run_id: str) -> None:
    for one in candidates:
        name = f"λ = {one.l2_lambda:g}, a candidate"
        with tracking.run(config.with_lambda(one.l2_lambda), name, parent=run_id) as child:
            tracking.log_metrics(child, grouped(one.metrics), step=config.epochs)
            what = f"{config.named}, a candidate for λ, judged on {one.pictures:,} pictures"
            described = [what, classifier_summaries.of_candidate(one)]
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
            described = [f"{config.named}, accuracy in %", classifier_summaries.of_tested(one), one.diagnosis.sentence]
            describe(child, Description(described, [], "confusion.png", own))


def _log_all(result: Classification) -> None:
    """Log into the run of all: the best, what to work on, the table and accuracy against λ."""
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
