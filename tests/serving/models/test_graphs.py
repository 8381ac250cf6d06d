"""Sessions of graphs: what an evaluation takes of the system."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from serving.models import graphs
from serving.models.graphs import SessionsByOrder
from tests.support.environment import ROOT
from tests.support.fields import layers
from tests.support.networks import network
from tests.support.served_field import served_field
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


@pytest.mark.parametrize("hidden", [(1,), (3,), (13,), (91,), (30, 30), (7, 5, 3)])
def test_a_point_is_answered_the_same_beside_any_others(hidden: tuple[int, ...]) -> None:
    """To the bit, and so in another order and by other pieces, too."""
    derivatives, x = Derivatives(network(hidden), 4), np.random.default_rng(0).uniform(-5, 5, 1_300)
    cuts = SessionsByOrder(to_onnx(derivatives, derivatives.outputs), range(5))
    for orders in ([0], [0, 1, 2], [4]):
        whole = cuts(x, orders, ())
        for points in (slice(1), slice(5, 8), slice(11, 28), slice(700, 1_299), slice(None, None, -1)):
            np.testing.assert_array_equal(cuts(x[points], orders, ()), whole[:, points])


@pytest.mark.parametrize("sizes", [(2, 5, 4, 3), (1, 13, 1), (2, 30, 30, 1), (5, 50, 37, 2), (3, 301, 1)])
@pytest.mark.parametrize("numbers", [graphs._NUMBERS, 20_000, 1])
def test_a_point_of_several_variables_is_too(
    sizes: tuple[int, ...], numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many points are evaluated together: many, few, or one by one."""
    monkeypatch.setattr(graphs, "_NUMBERS", numbers)
    function = served_field(layers(sizes))
    x = np.random.default_rng(0).uniform(-2, 2, (90, sizes[0]))
    for names in (["value"], ["value", "gradient"], ["hessian"]):
        whole = function(x, names)
        for points in (slice(1), slice(5, 8), slice(11, 28), slice(None, None, -1)):
            part = function(np.ascontiguousarray(x[points]), names)
            for name in names:
                np.testing.assert_array_equal(part[name], whole[name][points])
