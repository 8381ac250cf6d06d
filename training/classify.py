"""Entry point `classify`: train classifiers of pictures with several strengths of L2, and register the best."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np

from training import classifier_export, picture_sets, tracking
from training.callbacks import EpochProgressBar, History, LastCheckpoint
from training.classifier import Classifier, predictions
from training.classifier_export import PixelClassifier
from training.classify_config import ClassifyConfig
from training.entry_point import enter
from training.export import Registered
from training.pictures import Pictures, PictureSet
from training.trainer import fit_module, quiet_lightning, single_thread


@dataclass(frozen=True)
class Trained:
    """A classifier trained with one λ, and its accuracies: the fractions of pictures that it names rightly."""

    l2_lambda: float
    network: PixelClassifier
    costs: list[float]
    seconds: float
    train_accuracy: float
    test_accuracy: float

    @property
    def metrics(self) -> dict[str, float]:
        """As they are logged."""
        return {"train_accuracy": self.train_accuracy, "test_accuracy": self.test_accuracy, "seconds": self.seconds}


@dataclass(frozen=True)
class Classification:
    """All that was trained, in the order of the λ given, the run of all and the version of the best, if any."""

    config: ClassifyConfig
    trained: list[Trained]
    run_id: str
    registered: Registered | None

    @property
    def best(self) -> Trained:
        """The highest test accuracy."""
        return max(self.trained, key=lambda trained: trained.test_accuracy)


def classify(config: ClassifyConfig) -> Classification:
    """Train a classifier with each λ, log each to a run of its own below one of all, and register the best.

    Raises:
        InvalidParameter: the pictures are missing or can not be used.
        TrainingDiverged: the cost of every λ stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store can not be reached or written.
    """
    pictures = picture_sets.load(config.dataset, config.data_dir)
    with tracking.run(config, f"{config.dataset} {config.activation} {','.join(map(str, config.hidden))}") as run_id:
        trained = train(config, pictures)
        for one in trained:
            own = config.model_copy(update={"l2_lambda": (one.l2_lambda,)})
            with tracking.run(own, f"λ = {one.l2_lambda:g}", parent=run_id) as child:
                tracking.log_metrics(child, one.metrics, step=len(one.costs))
                tracking.log_curve(child, "cost", one.costs)
        found = Classification(config, trained, run_id, None)
        registered = _register(config, found.best, pictures)
    return Classification(config, trained, run_id, registered)


def train(config: ClassifyConfig, pictures: PictureSet) -> list[Trained]:
    """Train all λ together."""
    module, history = Classifier(config, pictures.train, len(pictures.classes)), History()
    with tempfile.TemporaryDirectory() as folder, single_thread(), quiet_lightning():
        last = LastCheckpoint(Path(folder) / "last.ckpt", 60)
        fit_module(module, config.epochs, [history, EpochProgressBar(config.dataset), last])
        on_train, on_test = (accuracies(module, part) for part in (pictures.train, pictures.test))
    softmax = config.loss == "cross_entropy"
    return [
        Trained(
            strength,
            PixelClassifier(module.standardisation, module.layers(strength), config.activation, softmax),
            history.curve(strength),
            history.seconds[-1] / len(module.lambdas),
            *fractions,
        )
        for strength, *fractions in zip(module.lambdas, on_train, on_test, strict=True)
    ]


def accuracies(module: Classifier, pictures: Pictures) -> list[float]:
    """Of each member, the fraction of the pictures that it names rightly."""
    right: list[float] = np.mean(predictions(module.logits(pictures.pixels)) == pictures.labels, axis=-1).tolist()
    return right


def main(arguments: list[str]) -> None:
    """Train what the command line says and tell the result in a few lines."""
    enter(ClassifyConfig, lambda config: _summary(classify(config)), arguments)


def _register(config: ClassifyConfig, best: Trained, pictures: PictureSet) -> Registered | None:
    if config.registered_name is None:
        return None
    metadata = {
        "l2_lambda": best.l2_lambda,
        "train_accuracy": best.train_accuracy,
        "test_accuracy": best.test_accuracy,
    }
    return classifier_export.register(best.network, config.registered_name, pictures, metadata, config.champion)


def _summary(result: Classification) -> str:
    lines = ["λ: training accuracy, test accuracy"]
    lines += [f"{one.l2_lambda:g}: {one.train_accuracy:.6%}, {one.test_accuracy:.6%}" for one in result.trained]
    lines.append(f"run {result.run_id} in {mlflow.get_tracking_uri()}: look at it with `mlflow ui`")
    if registered := result.registered:
        kept = "now the champion" if registered.champion else "not the champion"
        lines.append(f"registered as {registered.name} version {registered.version}, {kept} ({registered.reason})")
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
