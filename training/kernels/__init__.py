"""The arithmetic of a training step, compiled by Numba for the processor at hand.

It is compiled at the first use, in half a minute or less, and kept beside the source, or where that can not be written
in the user's cache.
"""

import hashlib
import os
from pathlib import Path

import numba
from platformdirs import user_cache_path

# Sums stay in the order in which they are written, so that results repeat; only a product and a sum may become one
# operation.
# Nothing is allocated, so that Numba need not count references: with them a small step takes a quarter longer.
OPTIONS = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy", "fastmath": {"contract"}}


def _cache() -> Path:
    """A folder for these sources: Numba itself would not see that a function of another file has changed."""
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))).hexdigest()[:16]
    writable = os.access(here, os.W_OK)
    return (here / "__pycache__" if writable else user_cache_path("derivable") / "kernels") / digest


numba.config.CACHE_DIR = str(_cache())


def compiled() -> bool:
    """Whether these sources were compiled before, so that nobody has to wait for it."""
    return Path(numba.config.CACHE_DIR).exists()
