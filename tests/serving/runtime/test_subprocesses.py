import subprocess
import sys
from pathlib import Path

import pytest

from serving.runtime.subprocesses import command, environment


def test_a_module_runs_from_anywhere_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERIVABLE_API_KEYS", "secret")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
    own = environment()
    assert "secret" not in own.values()
    assert own["OMP_NUM_THREADS"] == "1"
    assert command("serving.models.checker", "x") == [sys.executable, "-m", "serving.models.checker", "x"]
    done = subprocess.run(
        [sys.executable, "-c", "import serving.models.checker"], cwd=tmp_path, env=own, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
