"""Trains convolutional networks under Lightning's Trainer, one λ after the other, and judges them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from training.classification.config import ClassifyConfig
from training.classification.convolutional.batches import EpochSampler, loader, writable
from training.classification.convolutional.folded import FoldedClassifier
from training.classification.convolutional.module import ConvolutionalClassifier, weights_of
from training.classification.convolutional.precision import fastest
from training.classification.convolutional.progress import BestEpoch, EpochBar, EpochHistory
from training.classification.convolutional.stopping import early_stopping
from training.classification.pictures import Pictures, PictureSet, parts
from training.classification.trained import Predictions, Trained
from training.errors import TrainingDiverged
from training.regression.trainer import quiet_lightning
from training.runtime import checkpoints
from training.runtime.callbacks import LastCheckpoint
from training.runtime.interruption import stopped_by_user
from training.runtime.lightning import Trainer

_SECONDS_BETWEEN_CHECKPOINTS = 15.0
# More say no better which epoch is the best, and would be missed in training.
_MOST_HELD_OUT = 5_000
# So many say what is usual in them.
_USUAL = 5_000
# Pictures judged at a time.
_JUDGED = 256


def train(config: ClassifyConfig, pictures: PictureSet, folder: Path) -> list[Trained]:
    """Train with each λ, from the checkpoints in the folder if there are any; those that did not diverge.

    A part of the training pictures is held out, and chooses the epoch.

    Raises:
        TrainingDiverged: the cost of every λ stopped being a finite number.
    """
    found, diverged = [], []
    for strength in config.l2_lambda:
        try:
            found.append(_train_one(config.with_lambda(strength), pictures, folder))
        except TrainingDiverged as error:
            diverged.append(error)
    if not found:
        raise diverged[0]
    return found


def _train_one(config: ClassifyConfig, pictures: PictureSet, folder: Path) -> Trained:
    is_held_out = held_out(pictures.train.labels, config.validation, config.seed)
    kept, left_out = pictures.train.take(~is_held_out), pictures.train.take(is_held_out)
    (strength,) = config.l2_lambda
    history, best = EpochHistory(strength, len(kept)), BestEpoch()
    with quiet_lightning(), _unchanged_generator(config.seed):
        sampler = EpochSampler(len(kept), config.batch_size, config.seed, config.shuffle)
        module = ConvolutionalClassifier(config, replace(pictures, train=kept), len(sampler))
        last = LastCheckpoint(
            folder / f"{checkpoints.digest(config, pictures.digest)}.ckpt", _SECONDS_BETWEEN_CHECKPOINTS
        )
        callbacks = [
            history,
            EpochBar(pictures.name),
            *([best, *early_stopping(config, len(left_out))] if len(left_out) else []),
            last,
        ]
        trainer = Trainer(
            accelerator="auto",
            devices=1,
            precision=fastest(),
            # Elsewhere repeatable as it is, and slower when it is asked for.
            deterministic=torch.cuda.is_available(),
            max_epochs=config.epochs,
            num_sanity_val_steps=0,
            callbacks=callbacks,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        validation = loader(left_out, EpochSampler(len(left_out), _JUDGED)) if len(left_out) else None
        with stopped_by_user(last):
            resumed = last.path if last.path.exists() else None
            trainer.fit(module, loader(kept, sampler), validation, ckpt_path=resumed, weights_only=True)
    best.restore(module)
    network = FoldedClassifier.of(module, _some(kept, config.seed), left_out)
    train, test, validated = (_judged(network, part) for part in (pictures.train, pictures.test, left_out))
    weights = [weights.detach().double().cpu().flatten(1).numpy() for weights in weights_of(module.average)]
    return Trained(
        strength,
        network,
        weights,
        history.curve(strength),
        history.seconds[-1],
        train,
        test,
        held_out=validated if len(left_out) else None,
    )


def held_out(labels: np.ndarray, size: float, seed: int) -> np.ndarray:
    """Which pictures are held out, (m,): this part of each class, but none of a class that has one picture."""
    chosen = np.flatnonzero(parts(labels, size, seed) == 0)
    chosen = np.sort(np.random.default_rng(seed).permutation(chosen)[:_MOST_HELD_OUT])
    found = np.zeros(len(labels), bool)
    found[chosen] = np.bincount(labels)[labels[chosen]] > 1
    return found


def _some(pictures: Pictures, seed: int) -> Pictures:
    """Some of the pictures, of each class its share."""
    return pictures.take(parts(pictures.labels, min(1, _USUAL / len(pictures)), seed) == 0)


def _judged(network: FoldedClassifier, pictures: Pictures) -> Predictions:
    """Classify the pictures as the service will."""
    parts, classes = torch.split(writable(pictures.pixels), _JUDGED), len(network.biases)
    with torch.inference_mode():
        found = [network(part)[0].double().numpy() for part in parts]
    probabilities = np.concatenate(found) if found else np.zeros((0, classes))
    return Predictions(pictures, probabilities, probabilities.argmax(1))


@contextmanager
def _unchanged_generator(seed: int) -> Iterator[None]:
    """A generator of torch's that begins with the seed, and is as before afterwards."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
