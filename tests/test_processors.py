"""The tests of kernels, engine, solvers and exports, with the instructions of other processors than the one at hand.

Each runs in a process of its own, whose libraries are told to do with less: vectors of another width, no fused
operations, sums in another order.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import llvmlite.binding
import numba
import pytest

from tests.support.environment import LAZILY, ROOT

NUMERIC = {
    "training": (
        *("kernels/test_elementary", "kernels/test_vectors", "kernels/test_tiles", "kernels/test_products"),
        *("kernels/test_sparse", "engine/test_engine"),
        *("models/test_jets", "models/test_networks", "models/test_jacobian", "export/test_onnx_graph"),
        *("solvers/test_levenberg_marquardt", "solvers/test_variable_projection", "evidence/test_ridge"),
        *("features/test_local",),
    ),
    "serving": ("models/test_tanh_kernel", "models/test_tanh_layer"),
}
SAME_BITS = [
    "tests/training/regression/test_trainer.py::test_a_killed_training_resumes_to_the_same_bits",
    "tests/training/regression/test_solver_regressor.py::test_a_killed_training_ends_with_the_same_bits",
]
# The steps in float32 would take as long again to compile, and products are tested in both types; what of a graph is
# fused has nothing to do with the processor.
LEFT_OUT = ("torch.float32", "ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED")


class Processor(NamedTuple):
    """What a processor has, by LLVM's names; one that this machine is more than; and what tells libraries to be it."""

    features: tuple[str, ...]
    more: str
    blas: str
    others: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        features = ",".join(f"+{feature}" for feature in self.features)
        numba = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": features}
        return numba | {"OPENBLAS_CORETYPE": self.blas} | self.others


# Levels of x86-64 (System V ABI, AMD64 supplement, table 3.1), as Nehalem had it in 2008 and Haswell in 2013.
_V2 = ("cx16", "popcnt", "sahf", "sse3", "ssse3", "sse4.1", "sse4.2")
_V3 = (*_V2, "avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe")
_X86 = {
    "x86-64-v2": Processor(
        _V2,
        "avx",
        "Nehalem",
        {
            "ATEN_CPU_CAPABILITY": "default",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4",
            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
            "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
        },
    ),
    "x86-64-v3": Processor(
        _V3,
        "avx512f",
        "Haswell",
        {
            "ATEN_CPU_CAPABILITY": "avx2",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
            "NPY_DISABLE_CPU_FEATURES": "X86_V4",
        },
    ),
}
_ARM = {"armv8": Processor(("neon",), "", "ARMV8", {"ATEN_CPU_CAPABILITY": "default"})}


def others() -> dict[str, Processor]:
    """Those that this machine can be, and is not."""
    ours = {feature for feature, there in llvmlite.binding.get_host_cpu_features().items() if there} | {""}
    known = {"x86_64": _X86, "aarch64": _ARM}.get(platform.machine(), {})
    return {name: one for name, one in known.items() if ours.issuperset((*one.features, one.more))}


OTHERS = others()
TELL = """
import json
import numba, numpy, threadpoolctl, torch
from training.kernels import compilation
from training.kernels.vectors import VECTOR_BYTES

blas = {each.get("architecture") for each in threadpoolctl.threadpool_info() if each["internal_api"] == "openblas"}
print(json.dumps([compilation.FEATURES, VECTOR_BYTES, sorted(blas), numba.config.CACHE_DIR]))
"""


def environment(processor: Processor) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return own | processor.environment | {LAZILY: ""}


@pytest.mark.parametrize("processor", OTHERS.values(), ids=OTHERS)
def test_another_processor_s_code_is_its_own(processor: Processor) -> None:
    """Vectors are as wide as its registers, and what is compiled lies apart from what this one runs."""
    told = subprocess.run(
        [sys.executable, "-c", TELL], cwd=ROOT, env=environment(processor), check=True, capture_output=True
    ).stdout
    features, vector_bytes, blas, cache = json.loads(told)
    assert features == processor.environment["NUMBA_CPU_FEATURES"]
    assert vector_bytes == 32
    assert [name.lower() for name in blas] == [processor.blas.lower()]
    assert cache != numba.config.CACHE_DIR


# All have less than this one, the last least less: an older one's numbers differ in the same ways, for as long again.
@pytest.mark.parametrize("processor", [*OTHERS.values()][-1:], ids=[*OTHERS][-1:])
def test_the_numbers_are_right_on_another_processor(processor: Processor, tmp_path: Path) -> None:
    tests = [f"tests/{half}/{name}.py" for half, names in NUMERIC.items() for name in names]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'inner'}"]
    finished = subprocess.run(
        [*command, "-k", f"not ({' or '.join(LEFT_OUT)})", *tests, *SAME_BITS],
        cwd=ROOT,
        env=environment(processor),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-10_000:] + finished.stderr
