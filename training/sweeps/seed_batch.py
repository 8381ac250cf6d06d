"""Runs that one worker trains: a group together, or each alone, for times that can be trusted."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from training.data.samples import Samples
from training.errors import TrainingDiverged
from training.evaluation.accuracy import accuracy
from training.models.networks import evaluate
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.regression.trainer import single_thread, train
from training.runtime import checkpoints
from training.targets.domain import Domain


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


def train_seed_batch(group: SeedBatch) -> list[TrainingResult]:
    """What a worker does.

    Raises:
        InvalidParameter: the function cannot be sampled on the domain, or the data cannot be used.
    """
    config, samples = group.config, sample(group.config, checked=group.checked)
    results = alone(config, samples) if group.alone else together(config, samples)
    with single_thread():
        return [_result(group, samples.domain, each) for each in results]


def cut(config: FitConfig, size: int) -> list[FitConfig]:
    """The runs of a fit in parts of at most that many, which different workers can train."""
    starts = range(0, config.runs, size)
    return [
        config.model_copy(update={"seed": config.seed + start, "runs": min(size, config.runs - start)})
        for start in starts
    ]


def together(config: FitConfig, samples: Samples) -> Iterator[TrainingResult]:
    """All runs in one, from the checkpoints of a killed worker where there are any; divergence is no error."""
    with checkpoints.resumable(config, samples.digest) as folder, suppress(TrainingDiverged):
        yield from train(config, samples, folder, bar=False)


def alone(config: FitConfig, samples: Samples) -> Iterator[TrainingResult]:
    """Each run by itself, warm; with `retry_until` until one succeeds. A run that was interrupted starts again."""
    for part in [config] if config.retry_until is not None else cut(config, 1):
        with TemporaryDirectory(prefix="derivable-") as folder:
            if config.method.takes_steps:  # which are compiled at their first use
                warm = part.model_copy(update={"epochs": 1, "runs": 1, "retry_until": None})
                with suppress(TrainingDiverged):
                    list(train(warm, samples, Path(folder), (), math.inf, bar=False))
            with suppress(TrainingDiverged):
                yield from train(part, samples, Path(folder), (), math.inf, bar=False)


def _result(group: SeedBatch, domain: Domain, result: TrainingResult) -> TrainingResult:
    """The result with what the group asks for of its network, which stays with the worker."""
    network, function, errors, curve = result.network, group.config.function, {}, None
    if network is not None and group.errors and function is not None:
        errors = accuracy(network, function, domain)
    if network is not None and group.curves:
        curve = evaluate(network, domain.grid(), 0)[0]
    return replace(result, network=None, errors=errors, curve=curve)
