"""How the kernels are compiled: for the processor at hand, at the first use, and kept.

That takes a quarter of a minute for each type of numbers. What is compiled lies beside the source, or where that cannot
be written in the user's cache.
"""

import hashlib
import os
from pathlib import Path

import llvmlite.binding
import numba
from numba.core import codegen
from platformdirs import user_cache_path

# Sums stay in the order in which they are written, so that results repeat; only a product and a sum may become one
# operation.
# Nothing is allocated, so that Numba need not count references: with them a small step takes a quarter longer.
OPTIONS = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy", "fastmath": {"contract"}}


def _processor() -> tuple[str, str]:
    """The name and the features of the processor that Numba compiles for: the one at hand, unless told otherwise."""
    name, features = numba.config.CPU_NAME, numba.config.CPU_FEATURES
    return (
        llvmlite.binding.get_host_cpu_name() if name is None else name,
        codegen.get_host_cpu_features() if features is None else features,
    )


PROCESSOR, FEATURES = _processor()


def _cache() -> Path:
    """A folder for these sources and this processor.

    Numba itself would not see that a function of another file has changed; and processors that share a folder, as the
    machines of a cluster may, can take each other's code in the moment in which both write it.
    """
    here = Path(__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))
    digest = hashlib.sha256(sources + f"{PROCESSOR} {FEATURES}".encode()).hexdigest()[:16]
    writable = os.access(here, os.W_OK)
    return (here / "__pycache__" if writable else user_cache_path("derivable") / "kernels") / digest


numba.config.CACHE_DIR = str(_cache())


def compiled(variant: str) -> bool:
    """Whether this variant of these sources was compiled before, so that nobody has to wait for it."""
    return _mark(variant).exists()


def remember(variant: str) -> None:
    """Note that it was compiled."""
    _mark(variant).parent.mkdir(parents=True, exist_ok=True)
    _mark(variant).touch()


def _mark(variant: str) -> Path:
    return Path(numba.config.CACHE_DIR) / f"{variant}.compiled"
