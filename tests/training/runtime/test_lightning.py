import subprocess
import sys

from tests.support.environment import ROOT


def test_nothing_is_imported_in_vain_and_the_true_modules_are_there_later() -> None:
    code = """
import sys
from training.runtime.lightning import Trainer
assert not {"torch._dynamo", "scipy.signal", "scipy.stats", "sympy"} & sys.modules.keys(), "imported in vain"
import scipy.signal
assert scipy.signal.find_peaks([0, 1, 0])[0].tolist() == [1]
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
