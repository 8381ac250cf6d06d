"""What data show is fitted, and the bands say how well: families of data beside the project's own spline and series."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.evident_fits import covered, errors
from tests.support.forked import exit_code
from training.arrays import Array
from training.data.samples import Samples
from training.evaluation.baselines import fit_baselines
from training.evidence.automatic import AutomaticEvidence
from training.evidence.posterior_std import Ensemble
from training.evidence.smoothness import Observations, choose
from training.models.jets import ACTIVATIONS
from training.models.networks import evaluate, posterior_std
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.trainer import train
from training.targets.domain import Domain
from training.targets.named import parse

EVEN = np.linspace(-5, 5, 400)


def fitted(folder: Path, x: Array, y: Array, **changes: object) -> TrainingResult:
    domain = f"{x[0]},{x[-1]}"
    config = FitConfig.model_validate({"data": "a.csv", "optimizer": "evidence", "domain": domain} | changes)
    folder.mkdir(exist_ok=True)
    (member,) = train(config, Samples(x, y), folder, seconds_between=0, bar=False)
    assert member.network
    return member


def noisy(target: str, x: Array, noise: float, seed: int = 0) -> Array:
    return np.asarray(parse(target).derivative(x) + noise * np.random.default_rng(seed).normal(size=len(x)))


FAMILIES: dict[str, tuple[str, Array, float]] = {
    "seasons": ("x**2/20+x/2+sin(6*pi*x)/5", np.linspace(0, 10, 700), 0.05),
    "a step": ("tanh(50*(x-0.3))", np.linspace(-1, 1, 400), 0.03),
    "narrow peaks": (
        "exp(-((x-3)/0.05)**2)+exp(-((x-3.4)/0.04)**2)+exp(-((x-7)/0.1)**2)",
        np.linspace(0, 10, 1500),
        0.02,
    ),
    "many decades of x": ("1/(1+x)", np.geomspace(1e-3, 1e6, 200), 0.002),
    "steps that grow": ("sin(10/(1+x))+log(1+x)", np.geomspace(1, 101, 200) - 1, 0.01),
    "repeated x": ("sin(2*x)", np.repeat(np.linspace(0, 5, 60), 5), 0.2),
    "a gap": ("sin(x)+x/5", np.concatenate([np.linspace(0, 3, 150), np.linspace(7, 10, 150)]), 0.05),
    "few": ("exp(-x)*sin(3*x)", np.linspace(0, 3, 20), 0.05),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_of_data_is_seen_worse_than_by_a_spline_or_a_series(tmp_path: Path, family: str) -> None:
    target, x, noise = FAMILIES[family]
    y, at = noisy(target, x, noise), np.sort(np.concatenate([(x[1:] + x[:-1]) / 2, x]))
    own = errors(fitted(tmp_path, x, y), target, at)[0]
    truth = parse(target).derivative(at)
    others = [
        np.linalg.norm(one.derivative(at, 0) - truth) / np.linalg.norm(truth)
        for one in fit_baselines(x, y, Domain(x[0], x[-1]))
    ]
    # Beside the truth no fit is better than chance allows: a tenth of the noise.
    assert own < 1.1 * min(others) + 0.1 * noise / np.sqrt(np.mean(truth**2))


@pytest.mark.parametrize("target", ["exp(-x**2/2)", "sin(3*x)*exp(-x**2/8)", "1/(1+x**2)"])
def test_bands_hold_f_and_its_derivatives(tmp_path: Path, target: str) -> None:
    at = np.linspace(-5, 5, 300)
    parts = [covered(fitted(tmp_path / f"{s}", EVEN, noisy(target, EVEN, 0.03, s)), target, at) for s in range(3)]
    assert (np.mean(parts, axis=0) > 0.85).all()


@pytest.mark.parametrize(
    ("target", "x", "noise"),
    [
        # Flat where a prior that is right for the rest expects curvature.
        ("exp(-x**2/2)", np.linspace(-5, 5, 500), 0.01),
        # Sharper than the samples can show.
        ("sqrt(1e-4+x**2)", np.linspace(-1, 1, 500), 0.01),
        # Of some draws the evidence sees fewer units than f needs.
        ("1.2*exp(-((x+2.4)/0.6)**2)-0.5*exp(-((x-1.8)/0.4)**2)", np.linspace(-5, 5, 1_500), 0.0022),
    ],
    ids=["flat", "kink", "bumps"],
)
def test_bands_are_neither_too_narrow_nor_too_wide(tmp_path: Path, target: str, x: Array, noise: float) -> None:
    parts = [covered(fitted(tmp_path / f"{s}", x, noisy(target, x, noise, s)), target, x) for s in range(8)]
    assert (np.mean(parts, axis=0) > 0.85).all()
    assert (np.mean(parts, axis=0) < 0.99).all()


def test_the_second_derivative_of_a_noisy_gaussian(tmp_path: Path) -> None:
    x = np.linspace(-5, 5, 500)
    found = [errors(fitted(tmp_path / f"{s}", x, noisy("gaussian", x, 0.01, s)), "gaussian", x)[2] for s in range(3)]
    assert np.median(found) < 0.09
    assert max(found) < 0.12


def test_samples_without_noise_are_fitted_to_rounding(tmp_path: Path) -> None:
    x = np.linspace(0, 10, 400)
    member = fitted(tmp_path, x, noisy("sin(5*x)*exp(-x/5)", x, 0))
    found = errors(member, "sin(5*x)*exp(-x/5)", (x[1:] + x[:-1]) / 2)
    assert found[0] < 1e-11
    assert found[2] < 1e-8
    assert member.noise_std
    assert member.noise_std < 1e-11


def test_derivatives_that_are_given_are_matched(tmp_path: Path) -> None:
    x, generator = np.linspace(-5, 5, 100), np.random.default_rng(0)
    truth = [parse("sin(2*x)").derivative(x, order) for order in range(3)]
    samples = Samples(x, truth[0] + 0.1 * generator.normal(size=100), tuple(truth[1:]))
    found = []
    for order in (0, 2):
        config = FitConfig.parse(["--data=a.csv", "--domain=-5,5", f"--match_derivatives={order}"])
        given = Samples(x, samples.y, samples.derivatives[:order])
        (member,) = train(config, given, _folder(tmp_path / f"{order}"), bar=False)
        found.append(errors(member, "sin(2*x)", x)[1])
    assert found[1] < 0.5 * found[0]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_standard_errors_are_weights(tmp_path: Path) -> None:
    x = np.linspace(-5, 5, 300)
    wrong = np.arange(300) % 10 == 0
    y = noisy("sin(x)", x, 0.01) + np.where(wrong, 0.5, 0)
    config = FitConfig.parse(["--data=a.csv", "--domain=-5,5", "--error_column=sigma"])
    samples = Samples(x, y, standard_error=np.where(wrong, 10.0, 0.01))
    (member,) = train(config, samples, tmp_path, bar=False)
    assert errors(member, "sin(x)", x)[0] < 0.01


def test_many_samples_are_all_seen(tmp_path: Path) -> None:
    """A choice from some of them, a fit to all: the error falls with the root of their number."""
    x = np.sort(np.random.default_rng(1).uniform(-5, 5, 100_000))
    member = fitted(tmp_path, x, noisy("sin(2*x)", x, 0.3), noise="white")
    at = np.linspace(-4.9, 4.9, 200)
    assert errors(member, "sin(2*x)", at)[0] < 4 * np.sqrt(20 / 100_000) * 0.3 / np.sqrt(0.5)
    assert member.noise_std == pytest.approx(0.3, rel=0.02)


def _until_killed(folder: Path, x: Array, y: Array) -> None:
    config = FitConfig.parse(["--data=a.csv", "--domain=-5,5", "--noise=white"])
    list(train(config, Samples(x, y), folder, seconds_between=0, bar=False))
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_found_before_a_kill_is_found_again(tmp_path: Path) -> None:
    """The number of units is only known when the fit has been made, and so is the size of its checkpoint."""
    y = noisy("sin(2*x)", EVEN, 0.05)
    assert exit_code(_until_killed, tmp_path, EVEN, y) == -signal.SIGKILL
    assert list(tmp_path.glob("*.ckpt"))
    resumed, whole = (fitted(folder, EVEN, y, noise="white") for folder in (tmp_path, tmp_path / "whole"))
    assert resumed.network
    assert whole.network
    for one, other in zip(resumed.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(one, other)
    assert resumed.network.log_posterior_std is not None
    assert whole.network.log_posterior_std is not None
    assert torch.equal(resumed.network.log_posterior_std, whole.network.log_posterior_std)


def test_the_network_is_what_was_solved_for() -> None:
    x, y = np.linspace(-1, 1, 200), noisy("sin(3*x)", np.linspace(-1, 1, 200), 0.1)
    solver = AutomaticEvidence(x, y, np.ones_like(x), "white", 0)
    solver.iterate()
    hidden, output = solver.layers()
    weights, biases = np.split(hidden, 2)
    (values,) = ACTIVATIONS["tanh"]([torch.from_numpy(x[:, None] * weights + biases)], 0)
    np.testing.assert_allclose(y - solver.residual(), values.numpy() @ output[:-1] + output[-1], atol=1e-11)
    assert solver.sizes == (len(weights),)


def test_a_number_of_units_that_is_given_is_kept(tmp_path: Path) -> None:
    member = fitted(tmp_path, EVEN, noisy("sin(x)", EVEN, 0.1), hidden="60")
    assert member.network
    assert member.network.sizes == [1, 60, 1]


def test_few_samples_are_fitted_by_all_fits_that_are_likely() -> None:
    """The layers are those of their mean, and it is more precise than the best of them, on average."""
    u, at, errors_of = np.linspace(-1, 1, 9), np.linspace(-1, 1, 50), []
    for seed in range(20):
        y = np.exp(u) + 0.03 * np.random.default_rng(seed).normal(size=9)
        seen = Observations(u, y[None], np.ones((1, 9)))
        members = Ensemble.of(choose(seen), seen)
        hidden, output = members.layers()
        weights, biases = np.split(hidden, 2)
        np.testing.assert_allclose(
            np.tanh(at[:, None] * weights + biases) @ output[:-1] + output[-1], members.values(at, 0), atol=1e-9
        )
        assert len(members.posteriors) > 1
        truth = np.exp(at)
        errors_of.append([np.sum((fit - truth) ** 2) for fit in (members.values(at, 0), members.best.values(at, 0))])
    mean, best = np.mean(errors_of, axis=0)
    assert mean < best


@pytest.mark.parametrize("seed", [301, 302, 303])
def test_waves_are_seen_where_a_smooth_fit_would_be_a_constant(tmp_path: Path, seed: int) -> None:
    x = np.delete(np.linspace(0, 10, 80), np.random.default_rng(seed).choice(80, 8, replace=False))
    assert errors(fitted(tmp_path, x, noisy("sin(7.54*x)", x, 0.1, seed)), "sin(7.54*x)", x)[0] < 0.2


def test_noise_alone_is_no_wave(tmp_path: Path) -> None:
    x = np.linspace(0, 1, 60)
    for seed in range(5):
        member = fitted(tmp_path / f"{seed}", x, np.random.default_rng(seed).normal(size=60))
        assert member.noise_std
        assert member.noise_std > 0.7


def test_bands_of_a_smooth_function_are_not_too_wide(tmp_path: Path) -> None:
    """What is off in f'' is not far below what the bands allow."""
    x, off, allowed = np.linspace(0, 10, 300), [], []
    for seed in range(4):
        member = fitted(tmp_path / f"{seed}", x, noisy("sin(2*x)", x, 0.1, seed))
        assert member.network
        off.append((evaluate(member.network, x, 2)[2] + 4 * np.sin(2 * x)) ** 2)
        allowed.append(posterior_std(member.network, x)[2] ** 2)
    assert np.sqrt(np.mean(off) / np.mean(allowed)) > 0.5
