"""Trains dense networks under Lightning's Trainer, one for each λ, and judges them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from training.classification.classifier import Classifier, predictions, probabilities
from training.classification.config import ClassifyConfig
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures, PictureSet, Standardisation
from training.classification.pixel_classifier import PixelClassifier
from training.classification.trained import Predictions, Trained
from training.regression.trainer import fit_module, quiet_lightning, single_thread
from training.runtime import checkpoints
from training.runtime.callbacks import EpochProgressBar, History, LastCheckpoint

# An epoch of MNIST takes a second or two; the last ones are soon done again.
_SECONDS_BETWEEN_CHECKPOINTS = 5.0


def train(config: ClassifyConfig, pictures: PictureSet, folder: Path) -> list[Trained]:
    """Train all λ together on the pixels, from the checkpoint in the folder if there is one.

    Raises:
        TrainingDiverged: the cost of every λ stopped being a finite number.
    """
    return train_on(pictures, config, pictures, folder, PixelClassifier.of)


def train_on(
    seen: PictureSet,
    config: ClassifyConfig,
    pictures: PictureSet,
    folder: Path,
    exported: Callable[[Classifier, float], PictureClassifier],
    standardisation: Standardisation | None = None,
) -> list[Trained]:
    """Train all λ together on what is made of the pictures.

    Args:
        seen: the set with the inputs of the network in place of the pixels.
        exported: a member of what was trained, in the form that is registered.
        standardisation: of the inputs; that of pixels unless given.

    Raises:
        TrainingDiverged: the cost of every λ stopped being a finite number.
    """
    module, history = Classifier(config, seen, standardisation), History()
    with single_thread(), quiet_lightning():
        path = folder / f"{checkpoints.digest(config, pictures.digest)}.ckpt"
        last = LastCheckpoint(path, _SECONDS_BETWEEN_CHECKPOINTS)
        fit_module(module, config.epochs, history, last, EpochProgressBar(pictures.name))
        judged = zip(
            _judged(module, seen.train, pictures.train), _judged(module, seen.test, pictures.test), strict=True
        )
        return [
            Trained(
                strength,
                exported(module, strength),
                [weights for weights, _ in module.layers(strength)],
                history.curve(strength),
                history.seconds[-1] / len(config.l2_lambda),
                *parts,
            )
            for strength, parts in zip(module.lambdas, judged, strict=True)
        ]


def _judged(module: Classifier, seen: Pictures, pictures: Pictures) -> Iterator[Predictions]:
    """Classify the pictures with each member."""
    for logits in module.logits(seen.pixels):
        yield Predictions(pictures, probabilities(logits, module.config.loss), predictions(logits))
