"""The errors that are the user's to mend; each is shown as one line, everything else is a bug and shows a traceback.

Error
├── InvalidParameter    a parameter that is not allowed
├── TrainingDiverged    the loss stopped being a finite number
├── SweepRunning        the same study is at work in another process
├── StoreUnavailable    the MLflow store cannot be reached or written
└── NoRoom              a disk is full, or cannot be written
"""


class Error(Exception):
    """Base of all errors that name a user's mistake and what is allowed instead."""


class Stopped(KeyboardInterrupt):
    """Ctrl-C during a training; says where the same command resumes. No error: what is trained is kept."""


class InvalidParameter(Error):
    """A parameter that is not allowed, alone or beside the others."""


class TrainingDiverged(Error):
    """The loss stopped being a finite number."""


class SweepRunning(Error):
    """The same study is at work in another process."""


class StoreUnavailable(Error):
    """The MLflow store cannot be reached or written."""


class NoRoom(Error):
    """A disk is full, or cannot be written."""
