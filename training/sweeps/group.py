"""Runs that one worker trains: a group together, or each alone, for times that can be trusted."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from training.data.samples import Samples
from training.errors import TrainingDiverged
from training.evaluation.accuracy import accuracy
from training.evaluation.failure import is_failed
from training.models.networks import Array, evaluate
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.regression.trainer import Member, single_thread, train
from training.runtime import checkpoints


@dataclass(frozen=True)
class Group:
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


@dataclass(frozen=True)
class Outcome:
    """What became of one run.

    Attributes:
        config: the group's.
        mse: at all samples; NaN where it diverged.
        failed: by the definition in training/evaluation/failure.py; a run that diverged has failed.
        history: the error after each epoch (of at most 500 of the samples).
        errors, curve: what the group asked for, as long as the run has not diverged.
    """

    config: FitConfig
    seed: int
    mse: float
    seconds: float
    failed: bool
    history: Sequence[float] = ()
    errors: Mapping[str, float] = field(default_factory=dict)
    curve: Array | None = None

    @property
    def diverged(self) -> bool:
        """Whether its loss stopped being a finite number."""
        return not math.isfinite(self.mse)


def train_group(group: Group) -> list[Outcome]:
    """What a worker does.

    Raises:
        InvalidParameter: the function can not be sampled on the domain, or the data can not be used.
    """
    config, samples = group.config, sample(group.config, checked=group.checked)
    members = alone(config, samples) if group.alone else together(config, samples)
    with single_thread():
        return [_outcome(group, config, samples, member) for member in members]


def cut(config: FitConfig, size: int) -> list[FitConfig]:
    """The runs of a fit in parts of at most that many, which different workers can train."""
    starts = range(0, config.runs, size)
    return [
        config.model_copy(update={"seed": config.seed + start, "runs": min(size, config.runs - start)})
        for start in starts
    ]


def together(config: FitConfig, samples: Samples) -> Iterator[Member]:
    """All runs in one, from the checkpoints of a killed worker where there are any; divergence is no error."""
    with checkpoints.resumable(config, samples.digest) as folder, suppress(TrainingDiverged):
        yield from train(config, samples, folder, bar=False)


def alone(config: FitConfig, samples: Samples) -> Iterator[Member]:
    """Each run by itself, warm; with `retry_until` until one succeeds. A run that was interrupted starts again."""
    for part in [config] if config.retry_until is not None else cut(config, 1):
        with TemporaryDirectory(prefix="derivable-") as folder:
            if config.method.takes_steps:  # which are compiled at their first use
                warm = part.model_copy(update={"epochs": 1, "runs": 1, "retry_until": None})
                with suppress(TrainingDiverged):
                    list(train(warm, samples, Path(folder), (), math.inf, bar=False))
            with suppress(TrainingDiverged):
                yield from train(part, samples, Path(folder), (), math.inf, bar=False)


def _outcome(group: Group, config: FitConfig, samples: Samples, member: Member) -> Outcome:
    network, errors, curve = member.network, {}, None
    if network is not None and group.errors and config.function is not None:
        errors = accuracy(network, config.function, samples.domain)
    if network is not None and group.curves:
        curve = evaluate(network, samples.domain.grid(), 0)[0]
    failed = is_failed(member.mse, float(samples.y.var()))
    return Outcome(group.config, member.seed, member.mse, member.seconds, failed, member.history, errors, curve)
