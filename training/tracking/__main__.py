"""`python -m training.tracking`, before a launcher makes a run: does the store answer, and is the experiment there?"""

import os
import sqlite3
import sys
from contextlib import closing, suppress

from training.errors import Error
from training.tracking import store


def _has_experiment(name: str) -> bool:
    """Whether it is known without MLflow, whose import takes longer than all else here."""
    path = store.sqlite_path(store.current())
    if path is None:
        return False
    with closing(sqlite3.connect(path)) as database, suppress(sqlite3.OperationalError):
        return database.execute("SELECT 1 FROM experiments WHERE name = ?", [name]).fetchone() is not None
    return False  # it has no tables yet


def main() -> None:
    """Say in a line where the store does not answer, and make the experiment that a launcher would make in a race."""
    try:
        store.check()
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME")
        if name and not _has_experiment(name):
            from training.tracking import experiment  # with MLflow

            experiment.ensure(name)
    except Error as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
