"""Processes of their own that spend no seconds on imports: forked from one that has the libraries."""

import multiprocessing
from collections.abc import Callable
from multiprocessing import forkserver

_LIBRARIES = ["training.parallel.fork_server", "numba", "training.pipelines.fit", "training.pipelines.sweep"]

_context = multiprocessing.get_context("forkserver")


def start() -> None:
    """Start the process that others are forked from, which those of training.parallel are, too."""
    _context.set_forkserver_preload(_LIBRARIES)
    forkserver.ensure_running()


def exit_code(work: Callable[..., object], *arguments: object) -> int | None:
    """Do the work, a function of a module, in a process of its own; less than 0 where a signal ended it."""
    start()
    process = _context.Process(target=work, args=arguments)
    process.start()
    process.join()
    return process.exitcode
