"""How many cores there are to work on."""

import os


def usable() -> int:
    """The cores that this process may use; all of the machine where the system does not tell (macOS, Windows)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
