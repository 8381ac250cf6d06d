"""A study at work: its tasks, what is left of them after a stop, and what comes back from the workers."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Never, TypeVar

from tqdm import tqdm

from training.parallel.executor import execute
from training.regression.config import FitConfig
from training.regression.optimisation_config import MAX_RETRIES
from training.regression.result import AnyResult
from training.regression.sampling_config import SamplingConfig
from training.runtime import checkpoints
from training.sweeps import children
from training.sweeps.config import SweepConfig
from training.sweeps.fitting import fitting
from training.sweeps.results import CellResults, Retry
from training.sweeps.seed_batch import SeedBatch, cut, train_seed_batch
from training.sweeps.sweep_task import ALONE, SweepTask, runs, train_sweep_task
from training.tracking import tracking

# Runs that are trained and logged together at most: enough to pay for the logging, few enough to spread over workers.
RUNS_TOGETHER = 50
# Parameters that the samples of a fit follow from, and up to how many of these are looked at without the workers.
_SAMPLED = {*SamplingConfig.model_fields, "seed"}
_FEW = 8
# Metrics of a child, whose steps are the repetitions.
_RETRY, _TRAININGS, _SUCCEEDED = "retry_seconds", "retry_trainings", "retry_succeeded"

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class CellTask:
    """Runs of a cell that are one task and one child; `cell` is the place of the cell in the grid."""

    cell: int
    config: FitConfig


@dataclass(frozen=True)
class Timing:
    """A task: one run of a cell alone on its core, or with `retry_until` one after the other until one succeeds."""

    cell: int
    repetition: int
    batch: SeedBatch


def cell_tasks(config: SweepConfig) -> dict[str, CellTask]:
    """All runs of a study as tasks, by the digest of the fit.

    Raises:
        InvalidParameter: a function cannot be sampled on the domain, or the data cannot be used.
    """
    digests = _data_digests(config)
    found: dict[str, CellTask] = {}
    for cell, fit in enumerate(config.fits):
        found |= {checkpoints.digest(part, digests[cell]): CellTask(cell, part) for part in cut(fit, RUNS_TOGETHER)}
    return found


def _data_digests(config: SweepConfig) -> list[str]:
    """The digests of what each cell learns from, each looked at once, and where they are many by all workers."""
    keys = [fit.model_dump_json(include=_SAMPLED) for fit in config.fits]
    distinct = list(dict(zip(keys, config.fits, strict=True)).items())
    if len(distinct) <= _FEW or config.executor == "ray":
        known = dict(_keyed_digest(one) for one in distinct)
    else:
        with closing(execute(_keyed_digest, distinct, config.pool)) as results:
            known = dict(result for _, result in results)
    return [known[key] for key in keys]


def _keyed_digest(fit: tuple[str, FitConfig]) -> tuple[str, str]:
    return fit[0], fitting(fit[1]).samples.digest


class Work:
    """The cells of a study, filled by what the workers find.

    Attributes:
        cells: in the order of the grid.
        seconds_in_workers, seconds_here: that went into logging and plots.
    """

    def __init__(self, config: SweepConfig, tasks: dict[str, CellTask], parent: str):
        self.cells = [CellResults(varied) for varied in config.grid]
        self.seconds_in_workers = self.seconds_here = 0.0
        self._config, self._tasks, self._parent = config, tasks, parent
        self._store = tracking.Store.of(parent)
        # Tasks start in an order in which neither errors nor times follow the grid.
        self._random = random.Random(config.seed)  # noqa: S311

    def take_over(self) -> None:
        """Take in what an earlier run of the same study has finished."""
        for child in children.take_over(self._config.digest, self._parent, (ALONE, _RETRY, _TRAININGS, _SUCCEEDED)):
            task = self._tasks.get(child.fit)
            if task is not None and self._is_left(task):
                self._add(task, child.run_id, runs(child.members))
                self._add_timings(self.cells[task.cell], child.steps)

    def train(self, bar: "tqdm[Never]") -> None:
        """Train all that is left, groups of runs together; the workers log them."""
        left = [
            SweepTask(task.config, self._name(task), fit, self._parent, self._store, self._repeats(task))
            for fit, task in self._tasks.items()
            if self._is_left(task)
        ]
        for done, trained in self._execute(train_sweep_task, left):
            task = self._tasks[done.fit]
            self._add(task, trained.run_id, trained.runs)
            self.cells[task.cell].alone |= dict(enumerate(trained.alone))
            self.seconds_in_workers += trained.logging
            bar.update(len(trained.runs))
        for results in self.cells:
            results.runs.sort(key=lambda run: run.seed)

    def time(self, bar: "tqdm[Never]") -> None:
        """Time a run of each cell that takes steps alone on its core, once in each repetition; and retry as often.

        What was measured is logged between the repetitions: while runs are timed, nothing else is done here.
        """
        for repetition in range(self._config.repeats):
            measured = []
            for timing, outcomes in self._execute(_time, self._timings(repetition)):
                measured.append((timing, outcomes))
                bar.update()
            with self.logging():
                for timing, outcomes in measured:
                    self._log(timing, outcomes)

    @contextmanager
    def logging(self) -> Iterator[None]:
        """Take the time of what is logged here."""
        began = perf_counter()
        yield
        self.seconds_here += perf_counter() - began

    @property
    def left(self) -> int:
        """Runs and timings that are still to be done."""
        trainings = sum(task.config.runs for task in self._tasks.values() if self._is_left(task))
        return trainings + sum(len(self._timings(repetition)) for repetition in range(self._config.repeats))

    @property
    def children(self) -> set[str]:
        """The ids of the runs that count."""
        return {run_id for cell in self.cells for run_id in cell.children.values()}

    def _execute(self, work: Callable[[Task], Result], tasks: list[Task]) -> Iterator[tuple[Task, Result]]:
        self._random.shuffle(tasks)
        with closing(execute(work, tasks, self._config.pool)) as results:
            yield from results

    def _is_left(self, task: CellTask) -> bool:
        return task.config.seed not in self.cells[task.cell].children

    def _repeats(self, task: CellTask) -> int:
        """How often the first run is timed where it is trained: that of a solver, which is alone on its core there."""
        fit = self._config.fits[task.cell]
        return 0 if fit.method.takes_steps or task.config.seed != fit.seed else self._config.repeats

    def _name(self, task: CellTask) -> str:
        """The name of the child: what it varies, and its seeds where a cell has several children."""
        name, config = self.cells[task.cell].name, task.config
        whole = config.runs == self._config.runs
        return name if whole else f"{name}, seeds {config.seed} to {config.seed + config.runs - 1}"

    def _add(self, task: CellTask, run_id: str, found: Sequence[AnyResult]) -> None:
        cell = self.cells[task.cell]
        cell.children[task.config.seed] = run_id
        cell.runs.extend(found)

    def _add_timings(self, cell: CellResults, steps: Mapping[str, Mapping[int, float]]) -> None:
        cell.alone |= steps.get(ALONE, {})
        for step, seconds in steps.get(_RETRY, {}).items():
            cell.retries[step] = Retry(seconds, int(steps[_TRAININGS][step]), bool(steps[_SUCCEEDED][step]))

    def _timings(self, repetition: int) -> list[Timing]:
        """What is left to time: the first run of each cell, and retries from seeds that no other run has."""
        found, until = [], self._config.retry_until
        for index, (cell, fit) in enumerate(zip(self.cells, self._config.fits, strict=True)):
            one = fit.model_copy(update={"runs": 1})
            if fit.method.takes_steps and repetition not in cell.alone:
                found.append(Timing(index, repetition, SeedBatch(one, alone=True, checked=True)))
            if until is not None and repetition not in cell.retries and cell.may_reach(until):
                seed = fit.seed + fit.runs + repetition * MAX_RETRIES
                retried = one.model_copy(update={"seed": seed, "retry_until": until})
                found.append(Timing(index, repetition, SeedBatch(retried, alone=True, checked=True)))
        return found

    def _log(self, timing: Timing, outcomes: Sequence[AnyResult]) -> None:
        cell, until = self.cells[timing.cell], timing.batch.config.retry_until
        seconds = sum(outcome.seconds for outcome in outcomes)
        if until is None:
            cell.alone[timing.repetition] = seconds
            metrics: dict[str, float] = {ALONE: seconds}
        else:
            retry = Retry(seconds, len(outcomes), outcomes[-1].mse <= until)
            cell.retries[timing.repetition] = retry
            metrics = {_RETRY: seconds, _TRAININGS: retry.trainings, _SUCCEEDED: retry.succeeded}
        tracking.log_metrics(cell.run_id, metrics, step=timing.repetition)


def _time(timing: Timing) -> Sequence[AnyResult]:
    return train_seed_batch(timing.batch)
