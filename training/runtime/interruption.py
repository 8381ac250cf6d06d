"""A training that the user ends with Ctrl-C, and may resume."""

from collections.abc import Iterator
from contextlib import contextmanager

from training.errors import Stopped
from training.runtime.callbacks import LastCheckpoint


@contextmanager
def stopped_by_user(last: LastCheckpoint) -> Iterator[None]:
    """A Trainer's fit in it ends with a word on where it resumes.

    Raises:
        Stopped: by Ctrl-C.
    """
    try:
        yield
    except SystemExit as error:  # what Lightning makes of Ctrl-C
        if isinstance(error.__context__, KeyboardInterrupt):
            raise Stopped(last.resumes) from None
        raise
