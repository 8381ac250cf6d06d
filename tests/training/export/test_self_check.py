"""What is registered as champion is served: the same check on both sides, at every magnitude and on every domain."""

from pathlib import Path

import mlflow
import numpy as np
import pytest
import torch

from serving.models.functions import load
from serving.models.logged_model import Version
from tests.support.descriptions import function
from training.export import self_check
from training.export.function_model import Derivatives, register
from training.export.onnx_graph import to_onnx
from training.models.jets import ACTIVATIONS
from training.models.networks import Network, Scaling, evaluate
from training.targets.domain import Domain

VERSION = Version("f", 1, "champion", "r")
# Where ONNX Runtime takes the offset or the slope for neutral, as it looks at them in float32.
DOMAINS = [(0.0, 1.0), (0.0, 1e-9), (1e9, 1e9 + 1), (0.0, 1e-140), (-1 - 1e-8, 1 + 1e-8)]


def network(activation: str, domain: Domain, size: float, offset: float, seed: int = 0) -> Network:
    scaling = Scaling.of(domain, size * (offset + np.array([-1.0, 1.0])))
    made = Network((12, 7), activation, scaling, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for bias in made.biases:
            bias.uniform_(-1, 1, generator=torch.Generator().manual_seed(seed))
    return made


def fault(made: Network, domain: Domain, spoil: float = 1.0) -> str:
    module = Derivatives(made, 2)
    x = self_check.points(domain, [])
    expected = dict(zip(module.outputs, self_check.evaluate(module, x), strict=True))
    allowed = self_check.tolerances(module, module.outputs, domain, x)
    with torch.no_grad():
        module.network.weights[1][0, 0] *= spoil
    return self_check.disagreement(to_onnx(module, module.outputs), {"x": x}, expected, allowed)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_sound_graph_passes_at_every_magnitude(activation: str) -> None:
    rng = np.random.default_rng(0)
    for domain in DOMAINS:
        size, offset = 10.0 ** rng.integers(-120, 120), float(rng.choice([0, 3, 1e6]))
        made = network(activation, Domain(*domain), size, offset)
        assert fault(made, Domain(*domain)) == "", (domain, size, offset)


@pytest.mark.parametrize("size", [1e-113, 1e-12, 1.0, 1e90])
def test_a_graph_that_differs_does_not(size: float) -> None:
    assert "its graph's d0 is off by" in fault(network("tanh", Domain(0.0, 1.0), size, 0.0), Domain(0.0, 1.0), 1 + 1e-6)


def test_an_order_that_is_at_fault_can_be_left_out() -> None:
    graph = to_onnx(Derivatives(network("tanh", Domain(0.0, 1.0), 1.0, 0.0), 2), ["d0", "d1", "d2"])
    x = np.zeros(1)
    expected = {name: np.full(1, np.inf) for name in ("d0", "d1", "d2")}
    allowed = {"d0": np.inf, "d1": 0.0, "d2": 0.0}
    assert self_check.disagreement(graph, {"x": x}, expected, allowed).endswith("max_order=0 leaves that out")


@pytest.mark.parametrize(("size", "domain"), [(1e6, (0.0, 1.0)), (1e-12, (0.0, 1e-8)), (1e-100, (-1e3, 1e3))])
def test_a_champion_is_served_with_the_networks_values(store: str, size: float, domain: Domain) -> None:
    made = network("tanh", domain, size, 0.0)
    with mlflow.start_run():
        found = register(made, "f", 2, function(domain=list(domain)), np.linspace(*domain, 5).tolist(), "better")
    assert found.champion, found.reason
    served = load(Path(mlflow.artifacts.download_artifacts("models:/f@champion")), VERSION)
    x = np.linspace(*domain, 33)
    for answer, truth in zip(served(x, [0, 1, 2]), evaluate(made, x, 2), strict=True):
        np.testing.assert_allclose(answer, truth, rtol=0, atol=1e-12 * np.abs(truth).max())
