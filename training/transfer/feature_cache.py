"""Keeps features that were computed, by the content of what they follow from, so that none is computed twice.

A file of SQLite: what is written is there whole or not at all, processes may share it, and a picture more in a folder
costs one picture. It is a cache: where it is damaged, full or away, features are computed as without it.
"""

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Item = TypeVar("Item")

log = logging.getLogger("derivable.training")

# Of 1,280 features each, half a GB.
MOST = 100_000
# Bytes before the features, which say whether these are as they were written.
_CHECKED = 8
_AT_ONCE = 500
_SECONDS = 10.0


class FeatureCache:
    """Features (size,) by key, of which those that were used last are kept."""

    def __init__(self, path: Path, size: int, most: int = MOST):
        self._path, self._size, self._most = path, size, most

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Features]:
        """Return the features of the keys that are known and undamaged."""
        found: dict[bytes, Features] = {}

        def read(store: sqlite3.Connection) -> None:
            for some in together(keys, _AT_ONCE):
                marks = ",".join("?" * len(some))
                rows = store.execute(f"SELECT key, value FROM features WHERE key IN ({marks})", some)  # noqa: S608
                found.update({key: features for key, value in rows if (features := self._read(value)) is not None})
                now = (int(time.time()), *some)
                store.execute(f"UPDATE features SET used = ? WHERE key IN ({marks})", now)  # noqa: S608

        self._within(read)
        return found

    def put(self, found: Mapping[bytes, Features]) -> None:
        """Keep these, and forget those that were not used for longest where there are too many."""

        def write(store: sqlite3.Connection) -> None:
            rows = ((key, _written(value), int(time.time())) for key, value in found.items())
            store.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)
            oldest = "SELECT key FROM features ORDER BY used DESC LIMIT -1 OFFSET ?"
            store.execute(f"DELETE FROM features WHERE key IN ({oldest})", (self._most,))  # noqa: S608

        self._within(write)

    def _within(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do this in one transaction, if the file lets it; a damaged one begins anew with the next."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_SECONDS)) as store, store:
                store.execute("CREATE TABLE IF NOT EXISTS features (key BLOB PRIMARY KEY, value BLOB, used INTEGER)")
                work(store)
        except sqlite3.OperationalError as error:
            log.warning("features are not kept: %s: %s", self._path, error)
        except sqlite3.DatabaseError as error:
            log.warning("%s is damaged and begins anew: %s", self._path, error)
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("features are not kept: %s", error)

    def _read(self, value: object) -> Features | None:
        if not isinstance(value, bytes) or len(value) != _CHECKED + 4 * self._size:
            return None
        features = np.frombuffer(value, np.float32, offset=_CHECKED)
        return features if _written(features) == value else None


def keys(pictures: Iterable[NDArray[np.uint8]], made_by: bytes) -> list[bytes]:
    """A key for each picture (height, width, …), of its content and of what makes features of it."""
    return [hashlib.sha256(made_by + repr(picture.shape).encode() + picture.tobytes()).digest() for picture in pictures]


def together(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """Items in lists of so many, the last of what is left."""
    left = iter(items)
    while some := list(islice(left, most)):
        yield some


def _written(features: Features) -> bytes:
    content = np.ascontiguousarray(features, np.float32).tobytes()
    return hashlib.sha256(content).digest()[:_CHECKED] + content
