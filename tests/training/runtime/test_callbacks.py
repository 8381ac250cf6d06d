import fcntl
import os
import pty
import struct
import termios
import threading
from pathlib import Path

import pytest

from tests.support.forked import exit_code
from tests.support.trainings import trained


def train_with_output_to(path: str, folder: Path) -> None:
    file = os.open(path, os.O_RDWR)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    trained(folder, epochs=60, runs=3, points=5001)


def run_in_a_terminal(folder: Path, columns: int) -> str:
    """What a person sees of a training, in a terminal of that width."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    seen = bytearray()

    def read() -> None:
        while True:
            try:
                seen.extend(os.read(ours, 65_536))
            except OSError:  # the other side is closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    code = exit_code(train_with_output_to, os.ttyname(its), folder)
    os.close(its)
    reader.join()
    os.close(ours)
    assert code == 0, seen.decode()
    return seen.decode()


def test_a_terminal_shows_the_progress_of_all_epochs(tmp_path: Path) -> None:
    seen = run_in_a_terminal(tmp_path, columns=100)
    assert "runs 1 to 3: 100%" in seen
    assert "60/60" in seen
    assert "mse=" in seen


def test_without_a_terminal_nothing_is_shown(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.touch()
    assert exit_code(train_with_output_to, str(shown), tmp_path) == 0
    assert shown.read_text() == ""


@pytest.mark.parametrize("columns", [40, 0])
def test_a_narrow_terminal_does_no_harm(tmp_path: Path, columns: int) -> None:
    run_in_a_terminal(tmp_path, columns)
