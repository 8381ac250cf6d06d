"""The sum of tanh units and its derivatives, compiled for the processor at hand at the first use, and kept.

Points are taken by whole blocks whose loops become vector instructions, so that what is answered of one does not
depend on the others, to the bit. The exponential, and where code is kept, are as in training.kernels: the halves share
no code.
"""

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
from numba.core import codegen
from platformdirs import user_cache_path

# Points of a block; of more the arrays leave the fastest cache, of fewer the loops begin too often.
BLOCK = 64
# The highest derivative; the rows of what a unit has: 2 w, 2 b, and the factor of each order.
HIGHEST = 4
ROWS = 2 + HIGHEST + 1
# For the points, t and g of two units, and the sum of each order.
WORK = 5 + HIGHEST + 1

# Sums stay in the order in which they are written; only a product and a sum may become one operation.
_OPTIONS = {"nogil": True, "_nrt": False, "error_model": "numpy", "fastmath": {"contract"}}
# log 2 in two parts, of which the first times an exponent is exact (Cody and Waite, Software Manual for the Elementary
# Functions, Prentice-Hall 1980, chapter 6). Adding the rounder rounds to an integer, and leaves it in the last bits.
_HIGH, _LOW, _PER_LOG2, _ROUNDER = 0.6931471803691238, 1.9082149292705877e-10, 1 / math.log(2), 1.5 * 2**52
_FIRST, *_others = (1 / math.factorial(k) for k in range(13, 0, -1))
_OTHERS = tuple(_others)
_MANTISSA, _BIAS = np.int64(52), np.int64(1023 << 52)
# tanh is 1 from 19 on; the product of two such exponentials must stay a number.
_LIMIT = 300.0


@numba.njit(inline="always", **_OPTIONS)
def _exp(x):
    x = min(x, _LIMIT)
    x = max(x, -_LIMIT)
    shifted = x * _PER_LOG2 + _ROUNDER
    n = shifted - _ROUNDER
    r = x - n * _HIGH - n * _LOW
    series = _FIRST
    for coefficient in _OTHERS:
        series = series * r + coefficient
    power = np.int64((np.float64(shifted).view(np.int64) << _MANTISSA) + _BIAS).view(np.float64)
    return series * r * power + power


@numba.njit(inline="always", **_OPTIONS)
def _tanh(z, w, b, other_w, other_b, t, g):
    """t = tanh a and g = (1 - t²) / 4 of two units with 2 a = w z + b; they share a division, the slowest operation."""
    for i in range(BLOCK):
        e, f = _exp(z[i] * w + b), _exp(z[i] * other_w + other_b)
        r = 1.0 / ((1.0 + e) * (1.0 + f))
        p, q = r * (1.0 + f), r * (1.0 + e)
        t[0, i], t[1, i] = 1.0 - 2.0 * p, 1.0 - 2.0 * q
        g[0, i], g[1, i] = e * p * p, f * q * q


@numba.njit(inline="always", **_OPTIONS)
def _add(order, c, t, g, total):
    """Add what a unit contributes to the derivative of an order."""
    if order == 0:
        for i in range(BLOCK):
            total[i] += c * t[i]
    elif order == 1:
        for i in range(BLOCK):
            total[i] += c * g[i]
    elif order == 2:
        for i in range(BLOCK):
            total[i] += c * (t[i] * g[i])
    elif order == 3:
        for i in range(BLOCK):
            total[i] += c * (g[i] * (1.0 - 6.0 * g[i]))
    else:
        for i in range(BLOCK):
            total[i] += c * (t[i] * g[i] * (12.0 * g[i] - 1.0))


def _compute_sums(x, center, slope, offset, units, highest, work, out):
    """Compute offset + Σ c tanh a and its derivatives at x (n,), as out (orders, n).

    The derivatives of tanh are 4 g, -8 t g, 16 g (1 - 6 g) and 32 t g (12 g - 1); a unit has c times the number before.

    Args:
        units: (ROWS, an even number): for z = (x - center) slope the numbers of 2 a = w z + b, and c for each order.
        work: (WORK, BLOCK).
    """
    z, t, g, sums = work[0], work[1:3], work[3:5], work[5:]
    for start in range(0, x.shape[0], BLOCK):
        for i in range(BLOCK):
            z[i] = (x[min(start + i, x.shape[0] - 1)] - center) * slope
        for k in range(highest + 1):
            for i in range(BLOCK):
                sums[k, i] = 0.0
        for j in range(0, units.shape[1], 2):
            _tanh(z, units[0, j], units[1, j], units[0, j + 1], units[1, j + 1], t, g)
            for k in range(highest + 1):
                _add(k, units[2 + k, j], t[0], g[0], sums[k])
                _add(k, units[2 + k, j + 1], t[1], g[1], sums[k])
        for k in range(highest + 1):
            for i in range(min(BLOCK, x.shape[0] - start)):
                out[k, start + i] = sums[k, i] + (offset if k == 0 else 0.0)


def _processor() -> str:
    """The name and the features of the processor that Numba compiles for: the one at hand, unless told otherwise."""
    name, features = numba.config.CPU_NAME, numba.config.CPU_FEATURES
    return f"{name or llvmlite.binding.get_host_cpu_name()} {features or codegen.get_host_cpu_features()}"


@contextmanager
def _kept() -> Iterator[None]:
    """What is compiled in it is kept in a folder for this processor: Numba's own is shared by all processors."""
    here, digest = Path(__file__).parent, hashlib.sha256(_processor().encode()).hexdigest()[:16]
    cache = here / "__pycache__" if os.access(here, os.W_OK) else user_cache_path("derivable") / "serving"
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(cache / digest)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def _compiled() -> Callable[..., None]:
    signature = (
        "void(float64[::1], float64, float64, float64, float64[:, ::1], int64, float64[:, ::1], float64[:, ::1])"
    )
    try:
        with _kept():
            kernel: Callable[..., None] = numba.njit(signature, cache=True, **_OPTIONS)(_compute_sums)
    except (RuntimeError, OSError):
        # There is no folder to write to, or no room in it.
        kernel = numba.njit(signature, **_OPTIONS)(_compute_sums)
    return kernel


compute_sums: Callable[..., None] = _compiled()
