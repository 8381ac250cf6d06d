"""What all entry points do around their work: read the command line, tell the result, say what is wrong in a line."""

import gc
import os
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from training.command_line import CommandLine
from training.errors import Error, InvalidParameter

Config = TypeVar("Config", bound=CommandLine)


def begin(module: str, config: type[CommandLine]) -> None:
    """Answer --help and refuse wrong parameters of `python -m`, before its module spends seconds on further imports.

    What is imported stays: that the interpreter looks for garbage among it meanwhile, again and again, would take a
    fifth of that time.

    Args:
        module: the `__name__` of the module that calls this.
        config: what its command line has.
    """
    if module == "__main__":
        gc.disable()
        _refusing(lambda: config.parse(sys.argv[1:]))


def enter(config: type[Config], work: Callable[[Config], str], arguments: list[str]) -> None:
    """Do the work with the parameters that the arguments name, and print the summary that it returns.

    A user's mistake is one line on stderr and an exit status; the run that `mlflow run` has made gets it as its reason.
    """
    # MLflow would draw one for each file of a resumed study.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    gc.freeze()
    gc.enable()
    try:
        _refusing(lambda: print(work(config.parse(arguments))))
    finally:
        # The interpreter would else search all that was imported for garbage on its way out: more than a second.
        gc.freeze()


def _refusing(work: Callable[[], object]) -> None:
    try:
        work()
    except Error as error:
        _fail(error)


def _fail(error: Error) -> NoReturn:
    print(f"error: {error}", file=sys.stderr)
    sys.stderr.flush()
    # Said before MLflow is imported, which takes seconds; without `mlflow run` it is not needed.
    if isinstance(error, InvalidParameter) and "MLFLOW_RUN_ID" in os.environ:
        from training import tracking

        try:
            tracking.fail_launched_run(error)
        except Error as other:
            print(f"error: {other}", file=sys.stderr)
    raise SystemExit(os.EX_USAGE if isinstance(error, InvalidParameter) else 1)
