"""MLflow stores of a test's own."""

import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest


@contextmanager
def store_in(folder: Path, empty_database: Path) -> Iterator[str]:
    """A store in a folder, which is worked in, with a cache beside it; yields its address."""
    uri = f"sqlite:///{shutil.copy(empty_database, folder)}"
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield uri
