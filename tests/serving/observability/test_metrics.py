import os
import subprocess
import sys
from pathlib import Path

from serving.observability.metrics import POINTS, points_of
from tests.support.environment import ROOT

_WORKER = "import os, signal; from serving.observability.metrics import IN_PROGRESS, POINTS; IN_PROGRESS.set(20); "
_WORKER += "POINTS.labels('f').inc(7); os.kill(os.getpid(), signal.SIGKILL)"
_TELL = "from serving.observability.metrics import exposition; print(exposition().decode())"


def test_points_are_counted_by_model() -> None:
    before = POINTS.labels("f")._value.get()
    points_of("f").inc(3)
    points_of("g").inc(1)
    assert POINTS.labels("f")._value.get() - before == 3


def test_a_killed_worker_has_no_requests_in_progress_and_its_points_stay(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    killed = subprocess.run([sys.executable, "-c", _WORKER], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -9
    said = subprocess.run(
        [sys.executable, "-c", _TELL], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert 'derivable_points_total{model="f"} 7.0' in said
    assert not any(line.startswith("derivable_requests_in_progress ") and line.split()[1] != "0.0" for line in said)
