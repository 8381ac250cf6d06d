"""The same fit with many values of a parameter and many seeds: trained by workers, compared in one run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from filelock import FileLock, Timeout
from platformdirs import user_cache_path
from tqdm import tqdm

from training.errors import SweepRunning
from training.parallel.executor import connected
from training.sweeps import children, plots
from training.sweeps.config import SweepConfig
from training.sweeps.fitting import fitting
from training.sweeps.results import CellResults, all_runs, as_csv, summary
from training.sweeps.work import Work, cell_tasks
from training.tracking import tracking
from training.tracking.description import Description, describe
from training.tracking.patience import hurried


@dataclass(frozen=True)
class Sweep:
    """A finished sweep, its cells and its run; `logging_part` of its time went into MLflow and plots."""

    config: SweepConfig
    cells: list[CellResults]
    run_id: str
    logging_part: float

    @property
    def lines(self) -> list[str]:
        """The cells that are best at something, a line for each."""
        return _best(self.config, self.cells)


def sweep(config: SweepConfig) -> Sweep:
    """Train every cell with its seeds, time it, log it as a child, and compare all in the parent.

    The same call resumes a sweep that was stopped.

    Raises:
        InvalidParameter: a function cannot be sampled, data cannot be used, or the Ray cluster does not answer.
        SweepRunning: another process is at work on the same study.
        StoreUnavailable: the MLflow store cannot be reached or written.
    """
    tasks = cell_tasks(config)
    with _only_one(config), connected(config.pool) as workers:
        began = perf_counter()
        with tracking.run(config, _title(config), tags={children.STUDY: config.digest}) as run_id:
            _log_dataset(config, run_id)
            work = Work(config, tasks, run_id)
            with _children_closed(work, run_id):
                work.take_over()
                with tqdm(total=work.left, unit="run", disable=not sys.stderr.isatty(), smoothing=0.05) as bar:
                    work.train(bar)
                    work.time(bar)
            with work.logging():
                _log(config, work.cells, run_id)
            seconds = work.seconds_in_workers / workers + work.seconds_here
            part = seconds / (perf_counter() - began)
            tracking.log_metrics(run_id, {"logging_part": part}, step=0)
            result = [_title(config), *_best(config, work.cells)]
            describe(run_id, Description(result, [], "difference.png", config))
    return Sweep(config, work.cells, run_id, part)


@contextmanager
def _only_one(config: SweepConfig) -> Iterator[None]:
    """Two at work on the same study would each take over the other's children. The lock ends with its process."""
    folder = user_cache_path("derivable") / "studies"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{config.digest}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise SweepRunning("another process is at work on the same study; wait for it, or stop it") from None
    with lock:
        yield


@contextmanager
def _children_closed(work: Work, run_id: str) -> Iterator[None]:
    """Whatever becomes of the study, no child stays open, and none counts twice."""
    try:
        yield
    except BaseException:
        # Where the store does not answer, they are left to the study that resumes this one.
        with hurried():
            children.close(run_id, work.children, "stopped with its study")
        raise
    children.close(run_id, work.children, "its worker died; its runs were done again")


def _title(config: SweepConfig) -> str:
    varied = config.vary.replace(";", ", ")
    return f"{_subject(config)} {config.preset} against {varied}"


def _subject(config: SweepConfig) -> str:
    """What is fitted, where that is not what is varied."""
    return "functions" if "target" in config.grid[0] else config.subject


def _log_dataset(config: SweepConfig, run_id: str) -> None:
    """Log the samples of all cells, where they are the same; else each child has its own."""
    if len({(fit.subject, fit.domain, fit.points) for fit in config.fits}) == 1:
        tracking.log_dataset(run_id, "training", fitting(config.fits[0]).dataset)


def _log(config: SweepConfig, cells: list[CellResults], run_id: str) -> None:
    """The comparison, into the study's run."""
    tracking.log_text("summary.csv", as_csv(summary(cells, config.retry_until)))
    tracking.log_text("runs.csv", as_csv(all_runs(cells)))
    tracking.log_figures(plots.figures(cells, _subject(config), config.retry_until))
    every = [run for cell in cells for run in cell.runs]
    failed = sum(run.failed for run in every)
    metrics = {"cells": len(cells), "trainings": len(every), "failed": failed, "failure_rate": failed / len(every)}
    tracking.log_metrics(run_id, metrics, step=0)


def _best(config: SweepConfig, cells: list[CellResults]) -> list[str]:
    """The cells that are best at something, a line for each."""
    until = config.retry_until
    lines = [_line("lowest median error", min(cells, key=lambda cell: cell.errors()[1]))]
    if all(cell.alone for cell in cells):
        lines.append(_line("fastest", min(cells, key=lambda cell: cell.seconds()[1])))
    if until is not None:
        best = min(cells, key=CellResults.measured_seconds)
        lines.append(
            f"fastest to an error of {until:g} by retrying: {best.name}: {best.measured_seconds():.3g} s for a "
            f"success, predicted from the failure rate {best.predicted_seconds(until):.3g} s"
        )
    return lines


def _line(what: str, cell: CellResults) -> str:
    rate, (low, median, high) = cell.failures(), cell.errors()
    time = f", {cell.seconds()[1]:.3g} s alone" if cell.alone else ""
    return (
        f"{what}: {cell.name}: mean squared error {median:.2g} (four of five {low:.2g} to {high:.2g}), "
        f"failed {rate.failed} of {rate.trainings} ({rate.interval[0]:.0%} to {rate.interval[1]:.0%}){time}"
    )
