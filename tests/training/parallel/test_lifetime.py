import signal
import subprocess
import sys

import pytest

from tests.support.environment import ROOT

# The child tells when it would not outlive its parent, and sleeps.
_CHILD = """
import time
from training.parallel.lifetime import end_with_parent
end_with_parent()
print("begun", flush=True)
time.sleep(600)
"""
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CHILD!r}])"


@pytest.mark.skipif(sys.platform != "linux", reason="no other system ends a process with its parent")
def test_a_process_ends_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        parent.send_signal(signal.SIGKILL)
        # The child has it, too.
        assert parent.stdout.read() == b""
