import subprocess
import sys
from pathlib import Path

import numba
import pytest

from training.kernels import compilation

CODE = "from training.kernels import compilation; import numba; print(numba.config.CACHE_DIR, compilation.FEATURES)"


def test_what_was_compiled_is_remembered_for_these_sources_and_this_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "digest"))
    assert not compilation.compiled("float64")
    compilation.remember("float64")
    assert compilation.compiled("float64")
    assert not compilation.compiled("float64-sparse")
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "other"))
    assert not compilation.compiled("float64")


def test_the_sources_and_the_processor_have_a_folder_of_their_own(environment: dict[str, str]) -> None:
    def told(**more: str) -> tuple[str, str]:
        own = environment | {"PYTHONPATH": str(Path(compilation.__file__).parents[2])} | more
        folder, _, features = subprocess.run(
            [sys.executable, "-c", CODE], env=own, check=True, capture_output=True, text=True
        ).stdout.partition(" ")
        return folder, features.strip()

    here, features = told()
    assert (here, features) == (numba.config.CACHE_DIR, compilation.FEATURES)
    other, less = told(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="+sse2")
    assert less == "+sse2"
    assert Path(other).parent == Path(here).parent
    assert other != here


def test_results_repeat_and_nothing_is_allocated() -> None:
    """Sums stay in their order: `fastmath` may make one operation of two, and nothing else."""
    assert compilation.OPTIONS["fastmath"] == {"contract"}
    assert compilation.OPTIONS["_nrt"] is False
