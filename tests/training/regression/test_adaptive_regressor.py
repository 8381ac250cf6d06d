from pathlib import Path

import numpy as np
import pytest

from training.evaluation.accuracy import accuracy
from training.models.networks import Network, evaluate
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.regression.trainer import train
from training.targets.domain import Domain
from training.targets.named import parse

# f, f' and f'' that a fit reaches with its default parameters, of whatever function.
LIMITS = (1e-11, 1e-9, 1e-8)
FUNCTIONS = [
    ("gaussian", "-5,5", LIMITS),
    ("psi_3^2", "-5,5", LIMITS),
    ("psi_20", "-9,9", LIMITS),
    ("sin(20*x)", "-5,5", LIMITS),
    ("tanh(100*x)", "-1,1", LIMITS),
    ("exp(-1000*x**2)", "-5,5", LIMITS),
    ("exp(-((x-0.31374)/0.004)**2)", "-5,5", LIMITS),
    ("tan(x)", "-1.57,1.57", (1e-11, 1e-9, 1e-6)),
    ("1/(exp(x)-1)", "0.01,5", (1e-11, 1e-9, 1e-6)),
    ("log(1+x)", "0,1e6", (1e-10, 1e-6, 1e-4)),
    ("x**10", "-1,1", LIMITS),
    ("sqrt(1e-6+x**2)", "-1,1", LIMITS),
    ("1e6*sin(4*pi*x)", "0,1", LIMITS),
    ("1e-12*sin(x)", "0,6", LIMITS),
    ("exp(30*x)", "0,1", LIMITS),
    # What rounding of y, and of x, allows.
    ("1e6+sin(x)", "-5,5", (1e-15, 1e-8, 1e-6)),
    ("sin(x)", "1e9,1000000010", (1e-7, 1e-6, 1e-4)),
]


def trained(folder: Path, **given: object) -> tuple[TrainingResult, dict[str, float]]:
    config = FitConfig.model_validate(given)
    samples = sample(config, config.seed)
    (member,) = train(config, samples, folder, bar=False)
    assert member.network is not None
    assert config.function is not None
    return member, accuracy(member.network, config.function, samples.domain)


@pytest.mark.parametrize(("target", "domain", "limits"), FUNCTIONS)
def test_functions_are_resolved(target: str, domain: str, limits: tuple[float, ...], tmp_path: Path) -> None:
    _, errors = trained(tmp_path, target=target, domain=domain)
    assert [errors[f"error_d{k}"] <= limit for k, limit in enumerate(limits)] == [True] * 3, errors


@pytest.mark.parametrize(("target", "limits"), [("abs(x)", (1e-11, 1e-8, 1e-2)), ("x*abs(x)", (1e-12, 1e-9, 1e-5))])
def test_a_kink_in_the_middle_is_as_sharp_as_anywhere(target: str, limits: tuple[float, ...], tmp_path: Path) -> None:
    """Where derivatives jump no number is right, so f' and f'' are looked at beside it."""
    member, errors = trained(tmp_path, target=target, domain="-1,1")
    assert member.network is not None
    assert errors["error_d0"] <= limits[0]
    x = Domain(-1, 1).midpoints(2_000)
    truth, fit = parse(target), evaluate(member.network, x, 2)
    for order, limit in enumerate(limits):
        np.testing.assert_allclose(fit[order], truth.derivative(x, order), rtol=0, atol=limit)


@pytest.mark.parametrize("target", ["log(x)", "x**0.3"])
def test_twelve_decades_of_x(target: str, tmp_path: Path) -> None:
    """Nearly all of them lie before the first sample, and further digits of x than the middle of the domain has."""
    member, _ = trained(tmp_path, target=target, domain="1e-6,1e6")
    assert member.network is not None
    x = np.clip(np.geomspace(1e-6, 1e6, 1_001), 1e-6, 1e6)
    truth = parse(target).derivative(x, 0)
    np.testing.assert_allclose(evaluate(member.network, x, 0)[0], truth, rtol=0, atol=1e-10 * np.abs(truth).max())
    assert member.findings["max_error_part"] < 1e-10


def test_a_jump_is_between_its_values(tmp_path: Path) -> None:
    """A unit that is steep enough for it turns rounding of x into whatever its weight is."""
    member, errors = trained(tmp_path, target="sign(x-0.1234)", domain="-1,1")
    assert member.network is not None
    assert errors["error_d0"] < 1e-4
    beside = 0.1234 + np.concatenate([[-1e-8], np.linspace(-1e-11, 1e-11, 201), [1e-8]])
    assert np.abs(evaluate(member.network, beside, 0)).max() < 1.5


def test_the_seed_moves_the_units_and_not_the_result(tmp_path: Path) -> None:
    first, second = (trained(tmp_path / str(seed), target="sin(3*x)", seed=seed)[0].network for seed in (0, 1))
    assert isinstance(first, Network)
    assert isinstance(second, Network)
    x = np.linspace(-5, 5, 11)
    assert not np.array_equal(first.biases[0].detach().numpy(), second.biases[0].detach().numpy())
    np.testing.assert_allclose(evaluate(first, x, 0), evaluate(second, x, 0), rtol=0, atol=1e-12)


def test_a_killed_fit_resumes_to_the_same_bits(tmp_path: Path) -> None:
    """A checkpoint after each round, and then a new process' work: the same network."""
    whole, _ = trained(tmp_path / "whole", target="tan(x)", domain="-1.57,1.57")
    config = FitConfig(target="tan(x)", domain="-1.57,1.57", epochs=2)
    samples = sample(config, config.seed)
    list(train(config, samples, tmp_path / "part", seconds_between=0, bar=False))
    assert list((tmp_path / "part").glob("*.ckpt"))
    more = FitConfig(target="tan(x)", domain="-1.57,1.57")
    samples = sample(more, more.seed)
    checkpoint = next((tmp_path / "part").glob("*.ckpt"))
    assert whole.network is not None
    # As many rounds as the whole has: the part's are read, and the others follow.
    import torch

    state = torch.load(checkpoint, weights_only=True)
    state["stopped"] = ""
    state["state_dict"]["scores"] = torch.cat([state["state_dict"]["scores"], torch.full((6,), torch.inf)])
    torch.save(state, checkpoint)
    (resumed,) = train(more, samples, tmp_path / "part", bar=False)
    assert resumed.network is not None
    assert len(resumed.history) == len(whole.history)
    for one, other in zip(resumed.network.parameters(), whole.network.parameters(), strict=True):
        np.testing.assert_array_equal(one.detach().numpy(), other.detach().numpy())


def test_each_of_many_kinks_is_resolved(tmp_path: Path) -> None:
    _, found = trained(tmp_path, target="abs(sin(6*x))", domain="-2,2")
    assert found["error_d0"] < 1e-10
