"""Runs trainings under Lightning's Trainer, from their checkpoints where there are any."""

import logging
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from pkgutil import resolve_name

import torch
from threadpoolctl import ThreadpoolController
from torch.utils.data import DataLoader, TensorDataset

from training.data.samples import Samples
from training.errors import TrainingDiverged
from training.models.networks import Network
from training.regression.fitting_module import FittingModule
from training.regression.optimisation_config import OptimisationConfig
from training.regression.result import Fit, Result, TrainingResult
from training.regression.success import is_failed
from training.runtime.callbacks import EpochProgressBar, History, LastCheckpoint
from training.runtime.epoch_module import EpochModule
from training.runtime.interruption import stopped_by_user
from training.runtime.lightning import Callback, Trainer

# What the members of a group work in, together. A batch of Lightning's is an epoch of a group: so much that its own
# millisecond is little beside it, and so little that memory, and what is lost to a kill, stay small.
_GROUP_BYTES = 2**24

log = logging.getLogger("derivable.training")


def train(
    config: OptimisationConfig,
    samples: Samples,
    folder: Path,
    callbacks: Sequence[Callback] = (),
    seconds_between: float = 1.0,
    bar: bool = True,
) -> Iterator[TrainingResult]:
    """Train a network for each seed on the samples, as many together as fit the cache; yield them.

    With `retry_until` they are trained one by one, and the first that succeeds is the last.

    The checkpoints in the folder are resumed, and renewed where that many seconds have passed: little work is lost,
    and next to none of it is spent on saving. `bar` shows the epochs on a terminal.

    Raises:
        TrainingDiverged: no member ended with a finite loss.
    """

    def module(seeds: list[int]) -> FittingModule[Network]:
        # Numba and SciPy's solvers are imported by who uses them.
        made: FittingModule[Network] = resolve_name(config.method.module)(config, samples, seeds)
        return made

    grouped, variance = groups(config, len(samples.x)), float(samples.y.var())
    return train_groups(config, grouped, module, variance, folder, callbacks, seconds_between, bar)


def train_groups(
    config: OptimisationConfig,
    grouped: Sequence[list[int]],
    module: Callable[[list[int]], FittingModule[Fit]],
    variance: float,
    folder: Path,
    callbacks: Sequence[Callback] = (),
    seconds_between: float = 1.0,
    bar: bool = True,
    epochs: int | None = None,
) -> Iterator[Result[Fit]]:
    """The same of any modules, a group of seeds after the other, by the variance that failures are judged by."""
    diverged = []
    for seeds in grouped:
        history = History()
        regressor = module(seeds)
        bars = [EpochProgressBar(_label(config, seeds))] if bar else []
        last = LastCheckpoint(folder / f"{seeds[0]}.ckpt", seconds_between)
        with single_thread(), quiet_lightning():
            try:
                fit_module(regressor, epochs or config.epochs, history, last, *callbacks, *bars)
            except TrainingDiverged as error:
                diverged.append(error)
                regressor.seeds = []
            errors = history.errors[-1] if regressor.seeds else {}
        for seed in seeds:
            mse = errors.get(seed, math.inf)
            yield Result(
                seed,
                mse,
                seconds=history.seconds[-1] / len(seeds) if history.seconds else 0.0,
                failed=is_failed(mse, variance),
                network=regressor.network(seed) if seed in regressor.seeds else None,
                history=history.curve(seed),
                stopped=regressor.stopped,
                noise_std=regressor.noise_std,
                findings=regressor.findings(),
            )
            if config.retry_until is not None and mse <= config.retry_until:
                return
    if len(diverged) == len(grouped):
        raise diverged[0]


def groups(config: OptimisationConfig, samples: int) -> list[list[int]]:
    """The seeds of all members, cut into groups that are trained together."""
    seeds = list(range(config.seed, config.seed + config.trainings))
    size = _together(config, samples)
    return [seeds[i : i + size] for i in range(0, len(seeds), size)]


def _together(config: OptimisationConfig, samples: int) -> int:
    if not config.method.takes_steps or config.retry_until is not None:
        return 1
    from training.regression.regressor import working_set

    return max(1, _GROUP_BYTES // working_set(config, samples))


def fit_module(module: EpochModule, epochs: int, history: History, last: LastCheckpoint, *callbacks: Callback) -> None:
    """Train a module whose batch is an epoch, from its last checkpoint where there is one.

    The last errors of the history become the final ones, of all samples.
    """
    if last.path.exists():
        log.warning("resuming from the checkpoint of a killed run in %s", last.path.parent)
    trainer = Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=epochs,
        callbacks=[history, *callbacks, last],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    # The module has the samples; an epoch is one batch, and there is nothing to load.
    epoch: Iterable[object] = DataLoader(TensorDataset(torch.zeros(1)), batch_size=None)
    with stopped_by_user(last):
        trainer.fit(module, epoch, ckpt_path=last.path if last.path.exists() else None, weights_only=True)
    history.errors[-1] = module.final_errors()


def _label(config: OptimisationConfig, seeds: list[int]) -> str:
    return "" if config.trainings == 1 else f"runs {seeds[0] - config.seed + 1} to {seeds[-1] - config.seed + 1}"


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
        with _thread_pools(len(sys.modules)).limit(limits=1, user_api="blas"):
            yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


@lru_cache(maxsize=1)
def _thread_pools(_modules: int) -> ThreadpoolController:
    """Those of all libraries, which are looked for anew where modules were imported: it takes milliseconds."""
    return ThreadpoolController()


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Silence Lightning's advice on hardware, data loaders and products, which does not apply to a batch per epoch."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning")
            yield
    finally:
        logger.setLevel(level)
