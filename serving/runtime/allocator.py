"""Tells the C library to give memory back.

Left alone, glibc keeps what large requests took: for each thread in an arena of its own, and, once an array of some
size has been freed, all arrays up to that size on the heap, where any small thing above them keeps them.
"""

import ctypes
from contextlib import suppress

# The options of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_VALUES = {_ARENA_MAX: 2, _MMAP_THRESHOLD: 1 << 20, _TRIM_THRESHOLD: 64 << 20}


def configure() -> None:
    """Two arenas; what is larger than 1 MB is memory of its own, which the system has back at once."""
    # Other C libraries have no such choices.
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in _VALUES.items():
            mallopt(option, value)


def give_back() -> None:
    """Give back what lies free between what is used: after loading a model, the size of its graph several times."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
