"""An eye on the memory and the health of a service.

A process of its own has it, which imports nothing that takes long: threads of the test that ask at the same time do not
keep it from looking.
"""

import json
import re
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.environment import ROOT

# What kubernetes.yaml gives a worker, and how soon its health is answered whatever else is asked.
MOST_BYTES, MOST_SECONDS = 1 << 30, 1.0
_PAUSE = 0.05


@dataclass
class Watch:
    """What was seen of a service: its peak of memory, and the seconds that each request for health took, without those
    in which the service or who asked was ready and had no processor.
    """

    bytes: int = 0
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def require_sound(self) -> None:
        """It stayed below a worker's memory, and told of its health at once."""
        assert not self.failures, self.failures
        assert self.bytes < MOST_BYTES, f"{self.bytes / 2**20:.0f} MiB"
        assert max(self.seconds) < MOST_SECONDS, f"{max(self.seconds):.2f} s"


@contextmanager
def watching(url: str, pid: int) -> Iterator[Watch]:
    """Asks for the health twenty times a second, each time on a connection of its own, to the end of the block."""
    watch, command = Watch(), [sys.executable, "-m", "tests.support.watch", url, str(pid)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as eye:
        assert eye.stdout is not None
        assert eye.stdout.readline() == "watching\n"
        try:
            yield watch
        finally:
            said, _ = eye.communicate()  # whose input ends with it
            vars(watch).update(json.loads(said))


def peak(pid: int) -> int:
    """The most memory that a process and all that it has started have had, in bytes."""
    return sum(of_process(each, "VmHWM") for each in family(pid))


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for path in children for child in _text(path).split()]
    return [pid, *(each for child in found for each in family(child))]


def of_process(pid: int, name: str) -> int:
    """What the system says of a process's memory, as `VmRSS`, in bytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", _text(Path(f"/proc/{pid}/status")))
    return int(found[1]) * 1024 if found else 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # it has ended


def _watch(url: str, pid: int) -> Watch:
    """Look until the standard input ends, once at least."""
    watch, is_over = Watch(), False
    while not is_over:
        began, before = time.monotonic(), _delays(pid)
        try:
            _require_live(url)
        except (OSError, HTTPException) as error:
            watch.failures.append(repr(error))
        # A thread that has ended is left out.
        delayed = (_delays(pid) - before).total() / 1e9
        watch.seconds.append(time.monotonic() - began - delayed)
        watch.bytes = max(watch.bytes, peak(pid))
        is_over = bool(select.select([sys.stdin], [], [], _PAUSE)[0])
    return watch


def _require_live(url: str) -> None:
    to = urlsplit(url)
    with closing(HTTPConnection(f"{to.hostname}", to.port, timeout=30)) as connection:
        connection.request("GET", "/health/live")
        status = connection.getresponse().status
    if status != 200:
        raise HTTPException(f"status {status}")


def _delays(pid: int) -> Counter[Path]:
    """For how long each thread of a process, and this one, was ready to work and had no processor, in nanoseconds.

    The second number of Linux's schedstat. Whichever thread waits may have the interpreter's lock, for which the others
    wait.
    """
    files = (*Path(f"/proc/{pid}/task").glob("*/schedstat"), Path("/proc/self/schedstat"))
    return Counter({file: int((_text(file) or "0 0 0").split()[1]) for file in files})


if __name__ == "__main__":
    print("watching", flush=True)
    print(json.dumps(asdict(_watch(sys.argv[1], int(sys.argv[2])))))
