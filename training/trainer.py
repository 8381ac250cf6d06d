"""Runs a training under Lightning's Trainer, from its checkpoint where there is one."""

import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from pytorch_lightning import Callback, Trainer
from torch.utils.data import DataLoader, TensorDataset

from training.callbacks import EpochProgressBar, History, LastCheckpoint
from training.config import FitConfig
from training.networks import Array, Scaling
from training.regressor import Regressor

log = logging.getLogger("derivable.training")


def train(
    config: FitConfig,
    x: Array,
    y: Array,
    folder: Path,
    history: History,
    callbacks: Sequence[Callback] = (),
    seconds_between: float = 1.0,
) -> Regressor:
    """Train a network on the samples x (n,), y (n,).

    The checkpoint in the folder is resumed, and renewed where that many seconds have passed: little work is lost,
    and next to none of it is spent on saving.

    Raises:
        TrainingDiverged: the loss stopped being a finite number.
    """
    regressor = Regressor(config, Scaling.of(config.domain, y))
    dtype = getattr(torch, config.dtype)
    samples = torch.from_numpy(x).to(dtype), torch.from_numpy(y).to(dtype)
    last = folder / "last.ckpt"
    if last.exists():
        log.warning("resuming from the checkpoint of a killed run in %s", folder)
    with single_thread(), quiet_lightning():
        trainer = Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=config.epochs,
            callbacks=[history, *callbacks, EpochProgressBar(), LastCheckpoint(last, seconds_between)],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        epoch_at_once: Iterable[object] = DataLoader(TensorDataset(*(s[None] for s in samples)), batch_size=None)
        trainer.fit(regressor, epoch_at_once, ckpt_path=last if last.exists() else None, weights_only=True)
    return regressor


@contextmanager
def single_thread() -> Iterator[None]:
    """One thread, denormals flushed to zero.

    At these sizes threads cost more than they give, and spin against other processes. The tails of a gaussian
    make denormal gradients, which are many times slower than others and never matter.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Without Lightning's advice on hardware, data loaders and products, none of which applies to a batch per epoch."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning")
            yield
    finally:
        logger.setLevel(level)
