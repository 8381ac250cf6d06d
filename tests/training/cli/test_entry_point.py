"""What is imported before something is said, by its names in sys.modules: seconds would depend on the machine."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HEAVY = {"torch", "mlflow", "matplotlib", "pytorch_lightning", "scipy", "numba", "pandas", "pyarrow"}
# What takes long, and no fit by a solver needs; SciPy's signal and stats are asked for by Lightning's metrics alone.
UNUSED = {"numba", "llvmlite", "torch._dynamo", "torch._inductor", "sympy", "scipy.signal", "scipy.stats"}

_RUN = """
import json, runpy, sys
module, *sys.argv[1:] = sys.argv[1:]
try:
    runpy.run_module(module, run_name="__main__")
except SystemExit as error:
    print("\\n" + json.dumps([error.code, list(sys.modules)]))
"""
_TRAIN = """
import json, sys
from pathlib import Path
import training.fit
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.regression.trainer import train
# torch.optim, which lbfgs takes, imports the compiler itself.
for optimizer in ("adaptive", "varpro", "lm", "evidence"):
    hidden = () if optimizer == "adaptive" else (5,)
    config = FitConfig(optimizer=optimizer, hidden=hidden, points=101, epochs=1)
    samples = sample(config, config.seed)
    (member,) = train(config, samples, Path(sys.argv[1]) / optimizer)
print(json.dumps(list(sys.modules)))
import scipy.signal, torch._dynamo
print(json.dumps([torch._dynamo.OptimizedModule.__module__, scipy.signal.find_peaks.__module__]))
"""


def lines(code: str, *arguments: str) -> list[str]:
    """What a Python of its own prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
    command = [sys.executable, "-c", code, *arguments]
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return finished.stdout.splitlines()


@pytest.mark.parametrize("name", ["fit", "derivatives", "study", "report", "classify"])
@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("--nope=1", os.EX_USAGE)])
def test_help_and_mistakes_wait_for_no_library(name: str, argument: str, status: int) -> None:
    code, modules = json.loads(lines(_RUN, f"training.{name}", argument)[-1])
    assert code == status
    assert not HEAVY & set(modules)


def test_a_fit_by_a_solver_needs_no_compiler(tmp_path: Path) -> None:
    """And whoever asks for what Lightning did without still gets it."""
    modules, real = map(json.loads, lines(_TRAIN, str(tmp_path))[-2:])
    assert not UNUSED & set(modules)
    assert real[0].startswith("torch._dynamo.")
    assert real[1].startswith("scipy.signal.")


def test_ctrl_c_says_where_the_same_command_resumes(store: str, tmp_path: Path) -> None:
    given = ["--preset=standard", "--epochs=200000", "--points=2001", "--register_as=none"]
    own = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "training.fit", *given]
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not list((tmp_path / "cache").rglob("*.ckpt")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=120)[1]
    assert process.returncode == 128 + signal.SIGINT
    assert re.fullmatch(r"(compiling .*\n)*stopped; the same command resumes at iteration [1-9]\d*\n", told)
    assert next((tmp_path / "cache").rglob("*.ckpt")).exists()
