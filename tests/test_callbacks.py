import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = """
from pathlib import Path
from tests.test_trainer import trained
trained(Path("."), epochs=60, runs=3, points=5001)
"""


def run_in_a_terminal(folder: Path, columns: int) -> str:
    """What a person sees of a training, in a terminal of that width."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", CODE], cwd=folder, env=environment, stderr=its) as process:
        os.close(its)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 65_536)
            except OSError:  # the other side is closed
                break
    os.close(ours)
    assert process.returncode == 0, seen.decode()
    return seen.decode()


def test_a_terminal_shows_the_progress_of_all_epochs(tmp_path: Path) -> None:
    seen = run_in_a_terminal(tmp_path, columns=100)
    assert "runs 1 to 3: 100%" in seen
    assert "60/60" in seen
    assert "mse=" in seen


def test_without_a_terminal_nothing_is_shown(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [sys.executable, "-c", CODE], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert finished.stderr == finished.stdout == ""


@pytest.mark.parametrize("columns", [40, 0])
def test_a_narrow_terminal_does_no_harm(tmp_path: Path, columns: int) -> None:
    run_in_a_terminal(tmp_path, columns)
