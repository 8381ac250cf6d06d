"""Runs that one worker trains: a group together, or each alone, for times that can be trusted."""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from training.errors import TrainingDiverged
from training.regression.config import FitConfig
from training.regression.result import AnyResult, Fit, Result
from training.regression.trainer import single_thread
from training.runtime import checkpoints
from training.sweeps.fitting import Fitting, fitting


@dataclass(frozen=True)
class SeedBatch:
    """The runs of a fit, seeds `seed`, `seed + 1`, …, as a task for a worker, and what is wanted of each.

    Attributes:
        alone: each run by itself, after an epoch that warms the worker up, so that its `seconds` are those of a run
            on a core of its own (of a fit with `retry_until`, one after the other until one succeeds); else all of
            them together, and `seconds` is each one's part of their time.
        errors: the relative L2 errors of f, f' and f'' and the largest error of f, for a known function.
        curves: the fit at the points of the domain's grid.
        checked: whether the function is known to be smooth on the domain.
    """

    config: FitConfig
    alone: bool = False
    errors: bool = False
    curves: bool = False
    checked: bool = False


def train_seed_batch(group: SeedBatch) -> Sequence[AnyResult]:
    """Train the runs, in a worker.

    Raises:
        InvalidParameter: the function cannot be sampled on the domain, or the data cannot be used.
    """
    return _trained(group, fitting(group.config, group.checked))


def cut(config: FitConfig, size: int) -> list[FitConfig]:
    """The runs of a fit in parts of at most that many, which different workers can train."""
    starts = range(0, config.runs, size)
    return [
        config.model_copy(update={"seed": config.seed + start, "runs": min(size, config.runs - start)})
        for start in starts
    ]


def together(config: FitConfig, fit: Fitting[Fit]) -> Iterator[Result[Fit]]:
    """All runs in one, from the checkpoints of a killed worker where there are any; divergence is no error."""
    with checkpoints.resumable(config, fit.samples.digest) as folder, suppress(TrainingDiverged):
        yield from fit.train(config, folder)


def alone(config: FitConfig, fit: Fitting[Fit]) -> Iterator[Result[Fit]]:
    """Each run by itself, warm; with `retry_until` until one succeeds. A run that was interrupted starts again."""
    for part in [config] if config.retry_until is not None else cut(config, 1):
        with TemporaryDirectory(prefix="derivable-") as folder:
            if config.method.takes_steps:  # which are compiled at their first use
                warm = part.model_copy(update={"epochs": 1, "runs": 1, "retry_until": None})
                with suppress(TrainingDiverged):
                    list(fit.train(warm, Path(folder), math.inf))
            with suppress(TrainingDiverged):
                yield from fit.train(part, Path(folder), math.inf)


def _trained(group: SeedBatch, fit: Fitting[Fit]) -> list[Result[Fit]]:
    results = alone(group.config, fit) if group.alone else together(group.config, fit)
    with single_thread():
        return [_kept(group, fit, each) for each in results]


def _kept(group: SeedBatch, fit: Fitting[Fit], result: Result[Fit]) -> Result[Fit]:
    """The result with what the group asks for of its network, which stays with the worker."""
    network, errors, curve = result.network, dict[str, float](), None
    if network is not None and group.errors:
        errors = fit.errors(network)
    if network is not None and group.curves:
        curve = fit.curve(network)
    return replace(result, network=None, errors=errors, curve=curve)
