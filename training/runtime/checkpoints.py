"""Where an unfinished training is kept, so that the same command resumes it.

A training is a function of its parameters: resumed or not, it ends with the same weights, to the bit. A
checkpoint is therefore only a cache, kept by a digest of all that determines the weights.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from training.errors import Error, NoRoom, StoreUnavailable
from training.parameters import digest as digests
from training.parameters.command_line import CommandLine

# What does not change the weights.
_IRRELEVANT = {"register_as", "champion", "max_order"}


@contextmanager
def resumable(config: CommandLine, data: str = "") -> Iterator[Path]:
    """A folder that only this training uses; it outlives the process where that is killed, and nothing else.

    `data` is the digest of the samples' file.
    """
    with kept("fits", digest(config, data)) as folder:
        yield folder


@contextmanager
def kept(kind: str, name: str) -> Iterator[Path]:
    """A folder of this kind and name, likewise: it outlives a process that is killed, and a store that is away."""
    folder = user_cache_path("derivable") / kind / name
    lock = FileLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        # Another process is training the same right now, or there is no room: this one keeps its checkpoint to itself.
        with TemporaryDirectory(prefix="derivable-") as own:
            yield Path(own)
        return
    try:
        yield folder
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{error}; the same command goes on from what is trained") from error
    except NoRoom:
        raise
    except Error:
        shutil.rmtree(folder)
        raise
    else:
        shutil.rmtree(folder)
    finally:
        lock.release()


def digest(config: CommandLine, data: str = "") -> str:
    """Names all that the weights follow from: the parameters, the data and the library that computes with them."""
    return digests.digest(3, torch.__version__, data, config.model_dump_json(exclude=_IRRELEVANT))
