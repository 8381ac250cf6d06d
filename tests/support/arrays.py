"""Arrays in NumPy's format."""

import io
from typing import Any

import numpy as np


def npy(array: Any, **options: Any) -> bytes:
    """An array as a client sends it."""
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()
