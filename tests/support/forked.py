"""Processes of their own that spend no seconds on imports: forked from one that has the libraries."""

import multiprocessing
from collections.abc import Callable

_LIBRARIES = ["matplotlib.pyplot", "mlflow", "numba", "pytorch_lightning", "torch"]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_LIBRARIES)


def exit_code(work: Callable[..., object], *arguments: object) -> int | None:
    """Do the work, a function of a module, in a process of its own; less than 0 where a signal ended it."""
    process = _context.Process(target=work, args=arguments)
    process.start()
    process.join()
    return process.exitcode
