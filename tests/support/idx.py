"""Files in the format of MNIST."""

import numpy as np


def idx(array: np.ndarray) -> bytes:
    dimensions = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return bytes([0, 0, 8, array.ndim]) + dimensions + array.tobytes()
