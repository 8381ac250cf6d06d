"""The hyperbolic tangent of arrays, which takes most of the time in which a network is evaluated."""

import numpy as np
import torch

from training.arrays import Array

# Both are right to the last bit. With AVX-512 NumPy's is five times as quick as torch's, without it torch's is twice.
_BY_NUMPY = torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def tanh(x: Array, out: Array | None = None) -> Array:
    """tanh of each number, by the library that is quicker on this processor; into `out` where it is given."""
    if _BY_NUMPY:
        found: Array = np.tanh(x, out=out)
        return found
    return np.asarray(torch.tanh(torch.from_numpy(x), out=None if out is None else torch.from_numpy(out)).numpy())
