"""Does what is needed, on all cores, and keeps what is finished in a folder until the report is."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.parallel.executor import Workers, execute
from training.parameters.digest import digest
from training.regression import trainer
from training.regression.result import TrainingResult
from training.reproduction.needs import Need
from training.runtime import checkpoints
from training.sweeps.seed_batch import SeedBatch, cut, train_seed_batch

Arrays = dict[str, NDArray[np.generic]]

_ERRORS = ("error_d0", "error_d1", "error_d2")


class Task(Protocol):
    """Something for a worker to do.

    Attributes:
        name: of the file that keeps what comes out.
        work: about how long it takes, in floating-point operations.
        timed: whether its own time is wanted.
    """

    @property
    def name(self) -> str: ...
    @property
    def work(self) -> float: ...
    @property
    def timed(self) -> bool: ...

    def do(self) -> Arrays:
        """What comes out, in the worker."""
        ...


@dataclass(frozen=True)
class Runs:
    """A group of runs as a task; `repeat` tells repeated timed runs apart."""

    need: Need
    batch: SeedBatch
    repeat: int = 0

    @property
    def timed(self) -> bool:
        """Whether each run is alone on its core."""
        return self.batch.alone

    @property
    def name(self) -> str:
        """The name of the file with its results: a digest of all that they follow from."""
        group = self.batch
        return digest(checkpoints.digest(group.config), group.alone, group.errors, self.repeat) + ".npz"

    @property
    def work(self) -> float:
        """The operations of the products, and those that each step costs besides."""
        c = self.batch.config
        return c.runs * operations((1, *c.hidden, 1), c.points, c.batch_size or c.points, c.epochs)

    def do(self) -> Arrays:
        """The outcomes as arrays, a row for each run."""
        outcomes = train_seed_batch(self.batch)
        history = np.full((len(outcomes), self.batch.config.epochs), np.nan)
        curve = np.full((len(outcomes), _CURVE), np.nan)
        for row, outcome in enumerate(outcomes):
            history[row, : len(outcome.history)] = outcome.history
            if outcome.curve is not None:
                curve[row] = outcome.curve
        columns = {
            name: np.array([getattr(o, name) for o in outcomes]) for name in ("seed", "mse", "seconds", "failed")
        }
        errors = {name: np.array([o.errors.get(name, np.nan) for o in outcomes]) for name in _ERRORS}
        return {**columns, **errors, "history": history, "curve": curve}


def operations(sizes: Sequence[int], points: int, batch_size: int, epochs: int) -> float:
    """About how many a training takes."""
    weights = sum((a + 1) * b for a, b in pairwise(sizes))
    return epochs * (points / batch_size * _STEP + points * 6 * weights)


# What a step costs besides its products, in operations: some 30 microseconds.
_STEP = 1e6


def tasks(need: Need) -> Iterator[Runs]:
    """The runs of a need, cut for the workers."""
    members = need.setting.model_copy(update={"runs": need.runs})
    if need.repeats:
        for one in cut(members, 1):
            group = SeedBatch(one, alone=True, errors=need.errors, curves=True)
            repeats = need.repeats if one.seed == members.seed else 1
            yield from (Runs(need, group, repeat) for repeat in range(repeats))
    else:
        for part in cut(members, len(trainer.groups(members, members.points)[0])):
            yield Runs(need, SeedBatch(part, errors=need.errors, curves=True))


def do(wanted: Sequence[Task], folder: Path, workers: Workers) -> None:
    """Do what the folder does not have yet."""
    missing = [task for task in wanted if not (folder / task.name).exists()]
    # Timed trainings have the cores for themselves: the others come after them.
    for timed in (True, False):
        _do(_ordered([task for task in missing if task.timed == timed], timed), folder, workers)


def outcomes(runs: Iterable[Runs], folder: Path) -> Mapping[Need, list[TrainingResult]]:
    """What has come out for each need, by seed and repeat."""
    found: dict[Need, list[TrainingResult]] = {}
    for task in runs:
        found.setdefault(task.need, []).extend(_unpacked(load(folder / task.name)))
    return found


def load(path: Path) -> Arrays:
    """What a file has."""
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def save(path: Path, arrays: Arrays) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".part.npz")
    np.savez(part, allow_pickle=False, **arrays)
    part.rename(path)


def _do(missing: Sequence[Task], folder: Path, workers: Workers) -> None:
    label = "timed trainings" if missing and missing[0].timed else "trainings"
    with tqdm(total=sum(t.work for t in missing), desc=label, bar_format=_BAR, disable=not sys.stderr.isatty()) as bar:
        for task, arrays in execute(_worker, missing, workers):
            save(folder / task.name, arrays)
            bar.update(task.work)


_BAR = "{l_bar}{bar}| {elapsed}, {remaining} left"


def _ordered(missing: Sequence[Task], timed: bool) -> list[Task]:
    """Timed ones shuffled, so that what the machine does meanwhile is no trend; others with the longest first."""
    if timed:
        return [missing[i] for i in np.random.default_rng(0).permutation(len(missing))]
    return sorted(missing, key=lambda task: task.work, reverse=True)


def _worker(task: Task) -> Arrays:
    return task.do()


# Points of points.grid.
_CURVE = 1_001


def _unpacked(arrays: Arrays) -> Iterator[TrainingResult]:
    for row, seed in enumerate(arrays["seed"]):
        yield TrainingResult(
            int(seed),
            float(arrays["mse"][row]),
            float(arrays["seconds"][row]),
            bool(arrays["failed"][row]),
            history=arrays["history"][row],
            errors={name: float(arrays[name][row]) for name in _ERRORS},
            curve=arrays["curve"][row],
        )
