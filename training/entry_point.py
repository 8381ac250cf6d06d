"""What all entry points do around their work: read the command line, tell the result, say what is wrong in a line."""

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from training import store, tracking
from training.command_line import CommandLine, joined
from training.errors import Error, InvalidParameter
from training.patience import leave_waiting_to_us

# What a run is about.
_SUBJECTS = ("--target=", "--data=", "--dataset=", "--vary=")

Config = TypeVar("Config", bound=CommandLine)


def enter(config: type[Config], work: Callable[[Config], str], arguments: list[str]) -> None:
    """Do the work with the parameters that the arguments name, and print the summary that it returns.

    A user's mistake is one line on stderr and an exit status; the run that `mlflow run` has made gets it as its reason.
    """
    # MLflow would draw one for each file of a resumed study.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    try:
        leave_waiting_to_us()
        with _told():
            given = config.parse(arguments)
            store.check()
            with tracking.store_errors():
                print(work(given))
    except Error as error:
        if isinstance(error, InvalidParameter):
            tracking.fail_launched_run(error, _refused(arguments))
        _fail(error)
    finally:
        # The interpreter would else search all that was imported for garbage on its way out: more than a second.
        gc.freeze()


class _Once(logging.Filter):
    """Lets each line pass once."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        known = line in self._passed
        self._passed.add(line)
        return not known


@contextmanager
def _told() -> Iterator[None]:
    """The log on stderr, as what a file was taken for; each line once, however often a file is read."""
    handler = logging.StreamHandler()
    handler.addFilter(_Once())
    log = logging.getLogger("derivable.training")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


def _refused(arguments: list[str]) -> str:
    """A name for a run that has not begun: MLflow's would say nothing."""
    subjects = [argument.partition("=")[2] for argument in joined(arguments) if argument.startswith(_SUBJECTS)]
    return " ".join([*subjects, "refused"])[:200]


def _fail(error: Error) -> NoReturn:
    print(f"error: {error}", file=sys.stderr)
    sys.stderr.flush()
    raise SystemExit(os.EX_USAGE if isinstance(error, InvalidParameter) else 1)
