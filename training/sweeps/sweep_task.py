"""What a worker does with a cell of a study, or with a part of its runs: train them and log them as one child."""

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from statistics import median
from time import perf_counter
from typing import Any

from training.errors import TrainingDiverged
from training.regression.config import FitConfig
from training.regression.ensemble import Ensemble
from training.regression.result import AnyResult, Fit, Result
from training.regression.trainer import single_thread
from training.runtime import checkpoints
from training.sweeps import children
from training.sweeps.fitting import Fitting, fitting
from training.sweeps.seed_batch import alone
from training.tracking import tracking
from training.tracking.description import Description, describe
from training.tracking.metric_names import grouped
from training.tracking.requests import one_request

# The metric of a child with the seconds of its first run alone on a core; steps are repetitions.
ALONE = "seconds_alone"


@dataclass(frozen=True)
class SweepTask:
    """A task: the runs of a fit, and where they are logged.

    Attributes:
        name: of the child.
        fit: digest of the config, by which a resumed study finds the child.
        parent: id of the study's run.
        repeats: how often the first run is timed with the training, itself included.
    """

    config: FitConfig
    name: str
    fit: str
    parent: str
    store: tracking.Store
    repeats: int = 0


@dataclass(frozen=True)
class TrainedTask:
    """The child of a cell, its runs, the seconds of its first run by repetition, and those of logging and plots."""

    run_id: str
    runs: Sequence[AnyResult]
    alone: list[float]
    logging: float


def train_sweep_task(task: SweepTask) -> TrainedTask:
    """Train the runs of a cell, from the checkpoints of a killed worker where there are any, and log them.

    Raises:
        StoreUnavailable: the MLflow store cannot be reached or written.
    """
    began = perf_counter()
    return _trained(task, fitting(task.config, checked=True), began)  # by the study, before it began


def _trained(task: SweepTask, fit: Fitting[Fit], began: float) -> TrainedTask:
    config, samples = task.config, fit.samples
    tags = {children.FIT: task.fit, children.WORKER: f"{socket.gethostname()}:{os.getpid()}"}
    with (
        task.store.used(),
        checkpoints.resumable(task.config, samples.digest) as folder,
        tracking.run(task.config, task.name, task.parent, tags, found=samples.found) as run_id,
    ):
        tracking.log_dataset(run_id, "training", fit.dataset)
        before = perf_counter()
        members = fit.ensemble()
        with suppress(TrainingDiverged):
            for member in fit.train(config, folder):
                members.add(member)
        seconds = _repeated(fit, members, task.repeats)
        with single_thread():
            metrics = _metrics(fit, members)
        after = perf_counter()
        tracking.log_figures(figures := fit.figures(members))
        result = [f"{config.fitted}: {task.name}", _told(metrics, len(members.results))]
        main = f"{next(iter(figures))}.png" if figures else None
        with one_request(run_id):
            tracking.log_metrics(run_id, grouped(metrics), step=config.epochs)
            tracking.log_curve(run_id, ALONE, seconds, step=0)
            tracking.log_tags(dict(samples.tags))
            tracking.log_warnings(samples.warnings)
            tracking.log_members(_table(members))
            describe(run_id, Description(result, samples.warnings, main, config))
    return TrainedTask(run_id, members.results, seconds, (perf_counter() - after) + (before - began))


def _repeated(fit: Fitting[Fit], members: Ensemble[Fit], repeats: int) -> list[float]:
    """A solver trains one network after the other, each alone on its core: that is the first time of several."""
    first = fit.config.model_copy(update={"runs": 1})
    again = [result.seconds for _ in range(repeats - 1) for result in alone(first, fit)]
    return [members.results[0].seconds, *again][:repeats]


def runs(table: Mapping[str, list[Any]]) -> list[AnyResult]:
    """The lines of members.json, where what is not finite is null."""
    columns = (table[name] for name in ("seed", "mse", "failed", "seconds"))
    return [
        Result(int(seed), inf if mse is None else mse, seconds, bool(failed))
        for seed, mse, failed, seconds in zip(*columns, strict=True)
    ]


def _table(members: Ensemble[Fit]) -> dict[str, list[float]]:
    return members.table() | {"failed": [result.failed for result in members.results]}


def _metrics(fit: Fitting[Fit], members: Ensemble[Fit]) -> dict[str, float]:
    """The metrics of all runs, and the errors of the best of them."""
    results, finite = members.results, members.finite
    failed = sum(result.failed for result in results)
    metrics: dict[str, float] = {
        "seconds": sum(result.seconds for result in results),
        "failed": failed,
        "failure_rate": failed / len(results),
        "diverged": len(results) - len(finite),
    }
    if not finite:
        return metrics
    best = members.best.fit
    metrics |= {"mse": members.best.mse, "mse_median": median(finite), "weights": fit.weights(best)}
    return metrics | fit.errors(best)


def _told(metrics: Mapping[str, float], trainings: int) -> str:
    """How good the fits are and how many failed, in a line."""
    failed = f"failed {metrics['failed']:.0f} of {trainings}"
    if "mse_median" not in metrics:
        return f"all diverged, {failed}"
    if trainings == 1:
        return f"mean squared error {metrics['mse']:.2g}, {failed}, {metrics['seconds']:.3g} s"
    return f"mean squared error {metrics['mse_median']:.2g} (median), {metrics['mse']:.2g} (best), {failed}"
