"""What all entry points do around their work: read the command line, tell the result, say what is wrong in a line."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from training.errors import Error, InvalidParameter
from training.parameters import progress
from training.parameters.command_line import CommandLine, joined

# What a run is about.
_SUBJECTS = ("--target=", "--data=", "--dataset=", "--vary=")

# Where nothing better is known of a command that was stopped.
_STOPPED = "stopped; the same command goes on from what is finished"

Config = TypeVar("Config", bound=CommandLine)
Answer = TypeVar("Answer")


def begin(module: str, config: type[Config]) -> Config | None:
    """The parameters of `python -m`, None for a module that is only imported.

    Answers --help and refuses wrong parameters, before the module spends seconds on further imports.

    What is imported stays: that the interpreter looks for garbage among it meanwhile, again and again, would take a
    fifth of that time.

    Args:
        module: the `__name__` of the module that calls this.
        config: what its command line has.
    """
    if module != "__main__":
        return None
    gc.disable()
    for number in (signal.SIGINT, signal.SIGTERM):
        # What the shell has told a process in the background to ignore stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    progress.at("importing")
    return _refusing(lambda: config.parse(sys.argv[1:]), sys.argv[1:])


def _end(number: int, _: object) -> NoReturn:
    """End at once, and with all that was started, where nothing has begun yet that would need a word."""
    raise SystemExit(128 + number)


def enter(config: type[Config], work: Callable[[Config], str], arguments: list[str]) -> None:
    """Do the work with the parameters that the arguments name, and print the summary that it returns.

    A user's mistake is one line on stderr and an exit status; the run that `mlflow run` has made gets it as its reason.
    """
    # MLflow would draw one for each file of a resumed study.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    gc.freeze()
    gc.enable()
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with _told(), _stoppable():
            _refusing(lambda: _work(config, work, arguments), arguments)
    finally:
        # The interpreter would else search all that was imported for garbage on its way out: more than a second.
        gc.freeze()


def _work(config: type[Config], work: Callable[[Config], str], arguments: list[str]) -> None:
    """Ask the store before any work, and do it."""
    # Who only asks for help waits for no MLflow.
    from training.tracking import endings, store
    from training.tracking.patience import leave_waiting_to_us

    leave_waiting_to_us()
    given = config.parse(arguments)
    store.check()
    with endings.store_errors():
        summary = work(given)
    progress.done()
    print(summary)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C as what it is, and not as a failure."""
    try:
        yield
    except KeyboardInterrupt as stop:
        progress.done()
        print(f"stopped; {stop}" if str(stop) else _STOPPED, file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT) from None


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
    handler = progress.Handler()
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


def _refusing(work: Callable[[], Answer], arguments: list[str]) -> Answer:
    try:
        return work()
    except Error as error:
        _fail(error, arguments)


def _fail(error: Error, arguments: list[str]) -> NoReturn:
    progress.done()
    print(f"error: {error}", file=sys.stderr)
    sys.stderr.flush()
    # Said before MLflow is imported, which takes seconds; without `mlflow run` it is not needed.
    if isinstance(error, InvalidParameter) and "MLFLOW_RUN_ID" in os.environ:
        from training.tracking import tracking

        try:
            tracking.fail_launched_run(error, _refused(arguments))
        except Error as other:
            print(f"error: {other}", file=sys.stderr)
    raise SystemExit(os.EX_USAGE if isinstance(error, InvalidParameter) else 1)
