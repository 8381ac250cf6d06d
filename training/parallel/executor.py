"""Runs many tasks on the cores of this machine or on a Ray cluster, by loky's and Ray's own means.

A worker is one process with one thread. One that dies is replaced, and what it was at is done again; nothing is
answered twice.
"""

import gc
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from types import ModuleType
from typing import Literal, TypeVar

from loky import get_reusable_executor
from threadpoolctl import threadpool_limits

from training.errors import InvalidParameter
from training.parallel.lifetime import end_with_parent
from training.runtime import cores

Task = TypeVar("Task")
Result = TypeVar("Result")

# A task that takes its worker down this often will do so again.
_ATTEMPTS = 4
# After which a worker that has nothing to do ends.
_IDLE_SECONDS = 300
# Workers are forked from a process that has imported what they need and done nothing else: an import takes seconds.
_CONTEXT = multiprocessing.get_context("forkserver")
# That is asked by a socket, whose path has at most 107 characters (unix(7)); so many of them are left for the folder.
_LONGEST_FOLDER = 107 - len("/pymp-12345678/listener-12345678")

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


def prepare(workers: Workers, *modules: str) -> None:
    """Have modules imported for workers on this machine, which takes seconds, while this process imports its own."""
    if workers.executor == "process":
        _start_server(*modules)


def _start_server(*modules: str) -> None:
    """Start the process that workers are forked from, where there is none yet, and have it import the modules.

    Ctrl-C reaches neither: it is for the process that they work for, which ends them.
    """
    _CONTEXT.set_forkserver_preload(["training.parallel.fork_server", *modules])
    resource_tracker.ensure_running()  # the server has one, too, and who starts it lets the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _short_folder():
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _short_folder() -> Iterator[None]:
    """Have temporary files, of which one is a socket, in a folder that leaves room for its name."""
    before = tempfile.gettempdir()
    if len(before) > _LONGEST_FOLDER:
        tempfile.tempdir = "/tmp"  # noqa: S108 (the folder that is made there is the user's alone)
    try:
        yield
    finally:
        tempfile.tempdir = before


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
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            for index, result in _unordered(work, remaining, _processes(workers)):
                yield remaining.pop(index), result
        except BrokenProcessPool:
            if attempt == _ATTEMPTS:
                raise
            log.warning("a worker died; its tasks are done again, %d are left", len(remaining))
        else:
            return


def _unordered(work: Callable[[Task], Result], tasks: Mapping[int, Task], number: int) -> Generator[tuple[int, Result]]:
    """The results by the tasks' keys; the workers stop where their reader does."""
    _start_server(work.__module__)
    executor = get_reusable_executor(
        number, _CONTEXT, _IDLE_SECONDS, initializer=_begin_worker, initargs=(dict(os.environ),)
    )
    done = False
    try:
        with _hidden_main():
            futures = {executor.submit(work, task): key for key, task in tasks.items()}
        for future in as_completed(list(futures)):
            yield futures.pop(future), future.result()
        done = True
    finally:
        if not done:
            executor.shutdown(kill_workers=True)


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Start workers without the main module, which they would run first: a script that only calls us has no guard."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _begin_worker(environment: Mapping[str, str]) -> None:
    """One thread, the caller's environment, and no search for garbage among what was imported."""
    end_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    threadpool_limits(1)
    gc.freeze()


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
