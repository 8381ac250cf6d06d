"""Runs many tasks on the cores of this machine or on a Ray cluster, by joblib's and Ray's own means.

A worker is one process with one thread. One that dies is replaced, and what it was at is done again; nothing is
answered twice.
"""

import atexit
import logging
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Literal, TypeVar

from joblib import Parallel, delayed

from training.errors import InvalidParameter
from training.runtime import cores

Task = TypeVar("Task")
Result = TypeVar("Result")

# A task that takes its worker down this often will do so again.
_ATTEMPTS = 4

log = logging.getLogger("derivable.training")


@dataclass(frozen=True)
class Workers:
    """Who does the tasks.

    Attributes:
        executor: processes on this machine, or Ray.
        number: of processes; None is one for each core. Ray has one for each of its CPUs.
        address: of a Ray cluster; None starts one on this machine.
    """

    executor: Literal["process", "ray"] = "process"
    number: int | None = None
    address: str | None = None


_prepared: list[Generator[None]] = []


def prepare(module: str, workers: Workers) -> None:
    """Have the workers on this machine import a module, which takes seconds, while this process imports its own."""
    if workers.executor == "process":
        number = _processes(workers)
        parallel = Parallel(number, return_as="generator_unordered", batch_size=1, pre_dispatch="all")
        _prepared.append(parallel([delayed(_imported)(module)] * number))
        atexit.register(_end_preparing)


def _end_preparing(wait: bool = False) -> None:
    while _prepared:
        with suppress(BrokenProcessPool), _closed_early(_prepared.pop()) as imports:
            if wait:
                list(imports)


def _imported(module: str) -> None:
    import_module(module)


@contextmanager
def connected(workers: Workers) -> Iterator[int]:
    """The workers, for several calls of execute; yields how many there are.

    Raises:
        InvalidParameter: Ray is not installed, or the cluster does not answer.
    """
    if workers.executor == "process":
        yield _processes(workers)
        return
    with _ray().connected(workers.address) as number:
        yield number


def execute(work: Callable[[Task], Result], tasks: Sequence[Task], workers: Workers) -> Generator[tuple[Task, Result]]:
    """Do the work for each task; yields each with its result as soon as it is there, in no order.

    Tasks start in the order in which they are given. An error that the work raises ends all. Where the iterator is
    closed, the workers stop.

    Raises:
        BrokenProcessPool: workers died again and again.
    """
    return _by_ray(work, tasks, workers) if workers.executor == "ray" else _by_processes(work, tasks, workers)


def _by_processes(
    work: Callable[[Task], Result], tasks: Sequence[Task], workers: Workers
) -> Generator[tuple[Task, Result]]:
    remaining = dict(enumerate(tasks))
    _end_preparing(wait=True)
    for attempt in range(1, _ATTEMPTS + 1):
        calls = [delayed(_numbered)(work, index, task) for index, task in remaining.items()]
        # One task each, and one that waits: a worker is never idle, and nobody is kept behind a slow one.
        parallel = Parallel(_processes(workers), return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")
        try:
            with _closed_early(parallel(calls)) as results:
                for index, result in results:
                    yield remaining.pop(index), result
        except BrokenProcessPool:
            if attempt == _ATTEMPTS:
                raise
            log.warning("a worker died; its tasks are done again, %d are left", len(remaining))
        else:
            return


@contextmanager
def _closed_early(results: Generator[Result]) -> Iterator[Generator[Result]]:
    """Results whose workers stop where their reader does; joblib would give it advice."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".* You could benefit from adjusting the input task iterator")
            results.close()


def _numbered(work: Callable[[Task], Result], index: int, task: Task) -> tuple[int, Result]:
    return index, work(task)


def _processes(workers: Workers) -> int:
    return workers.number or cores.usable()


def _by_ray(work: Callable[[Task], Result], tasks: Sequence[Task], workers: Workers) -> Generator[tuple[Task, Result]]:
    with connected(workers):
        yield from _ray().execute(work, tasks)


def _ray() -> ModuleType:
    """An extra: only who asks for it needs it."""
    try:
        from training.parallel import cluster
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise InvalidParameter(
            "executor: ray is not installed; `pip install ray==…` as pyproject.toml pins it"
        ) from None
    return cluster
