"""Sessions of graphs: what an evaluation takes of the system."""

import subprocess
import sys
from pathlib import Path

import onnx
import pytest

from tests.support.environment import ROOT
from tests.support.networks import network
from training.export.function_model import Derivatives
from training.export.onnx_graph import to_onnx

# A page that was given back has to be given again: 250 of them are an array that did not stay.
_MOST_FAULTS = 50
_COUNT = """
import resource, sys
import numpy as np, onnx
from serving.runtime import allocator
from serving.models.graphs import SessionsByOrder

allocator.configure()
graph, x = SessionsByOrder(onnx.load(sys.argv[1]), range(5)), np.linspace(-5, 5, int(sys.argv[2]))
counts = []
for _ in range(20):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    graph(x, [0, 1, 2], ())
    counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(sorted(counts)[10])
"""


@pytest.mark.parametrize("hidden", [(90,), (30, 30), (700,)])
@pytest.mark.parametrize("points", [512, 1_000])
def test_evaluations_keep_their_memory(tmp_path: Path, hidden: tuple[int, ...], points: int) -> None:
    """The system gives no memory anew for each piece of an evaluation, which would take longer than its arithmetic."""
    derivatives = Derivatives(network(hidden), 4)
    onnx.save(to_onnx(derivatives, derivatives.outputs), tmp_path / "model.onnx")
    command = [sys.executable, "-c", _COUNT, str(tmp_path / "model.onnx"), str(points)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(done.stdout) < _MOST_FAULTS
