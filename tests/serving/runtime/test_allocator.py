import subprocess
import sys

from tests.support.environment import ROOT

# Arrays beside each other with small things above them, as requests leave them.
_GROW = """
import sys
from pathlib import Path
from serving.runtime import allocator

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1] != "left alone":
    allocator.configure()
bytearray(30 << 20)
before, small = resident(), []
large = []
for _ in range(20):
    large.append(bytearray(8 << 20))
    small.append(bytearray(100_000))
del large
if sys.argv[1] in ("in parts", "given back"):
    parts = [bytearray(500_000) for _ in range(100)]
    last = bytearray(1_000)
    del parts
if sys.argv[1] == "given back":
    allocator.give_back()
print(resident() - before)
"""


def grown(how: str) -> int:
    command = [sys.executable, "-c", _GROW, how]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def test_large_arrays_are_given_back() -> None:
    """Unlike without it, where what is above them keeps them."""
    assert grown("configured") < 16 << 20 < grown("left alone")


def test_what_lies_free_between_is_given_back_when_asked() -> None:
    assert grown("given back") < 16 << 20 < grown("in parts")
