"""The tests of kernels, engine, solvers and exports with the instructions of other processors than the one at hand.

Each is a process of its own, whose libraries are told to do with less: another width of vectors, no fused operations,
another order of sums. What is compiled lies apart (training.kernels).
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import llvmlite.binding
import pytest

from tests.conftest import ROOT

# The instructions of x86-64 processors by their level (x86-64 psABI, section 3.1.1): of 2008, and of 2013. An Arm
# processor has none to leave out: its tests are those without this file, and the ones for any processor that is
# unknown.
_V2 = ["cx16", "popcnt", "sahf", "sse3", "ssse3", "sse4.1", "sse4.2"]
_V3 = [*_V2, "avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"]
PROCESSORS: dict[str, dict[str, str]] = {
    "x86-64-v2": {
        "NUMBA_CPU_NAME": "nehalem",
        "NUMBA_CPU_FEATURES": ",".join(f"+{feature}" for feature in _V2),
        "OPENBLAS_CORETYPE": "Nehalem",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    },
    "x86-64-v3": {
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": ",".join(f"+{feature}" for feature in _V3),
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4",
    },
    "aarch64": {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "+neon", "OPENBLAS_CORETYPE": "ARMV8"},
}
