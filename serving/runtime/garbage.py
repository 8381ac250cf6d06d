"""Tells Python's collector of garbage what stays for good."""

import gc


def keep() -> None:
    """Collect once, and keep what is there now: looking at it again, time after time, took up to 0.1 s."""
    gc.collect()
    gc.freeze()
