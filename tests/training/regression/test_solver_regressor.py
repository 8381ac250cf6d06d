"""varpro, lm, lbfgs and evidence under the Trainer."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from tests.support.forked import exit_code
from tests.support.small_fits import weights
from training.data.samples import Samples
from training.evaluation.accuracy import accuracy
from training.models.networks import evaluate, posterior_std
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.regression.solver_regressor import SolverRegressor
from training.regression.trainer import train

SMALL = {"points": 301, "hidden": "8,8", "optimizer": "varpro", "epochs": 60}
SOLVERS = ("varpro", "lm", "lbfgs")


def trained(folder: Path, samples: Samples | None = None, **changes: object) -> TrainingResult:
    config = FitConfig.model_validate(SMALL | changes)
    own = sample(config, config.seed)
    folder.mkdir(exist_ok=True)
    (member,) = train(config, samples or own, folder, seconds_between=0)
    return member


def errors(member: TrainingResult, **changes: object) -> dict[str, float]:
    config = FitConfig.model_validate(SMALL | changes)
    assert member.network
    assert config.function
    return accuracy(member.network, config.function, sample(config, config.seed).domain)


@pytest.mark.parametrize(("target", "sizes"), [("gaussian", "20,20"), ("psi_3^2", "30,30"), ("psi_2", "200,200")])
def test_the_second_derivative_is_usable(tmp_path: Path, target: str, sizes: str) -> None:
    """With far fewer iterations than by default, and still a million times better than Adam."""
    found = errors(trained(tmp_path, target=target, hidden=sizes, epochs=120), target=target)
    assert found["error_d0"] < 1e-8
    assert found["error_d2"] < 1e-6


@pytest.mark.parametrize("activation", ["tanh", "sin", "sigmoid", "silu", "gelu", "softplus", "gaussian"])
def test_every_smooth_activation_is_trained_by_varpro(tmp_path: Path, activation: str) -> None:
    assert errors(trained(tmp_path, activation=activation, hidden="20,20"))["error_d2"] < 1e-4


def test_relu_is_trained_too(tmp_path: Path) -> None:
    assert errors(trained(tmp_path, activation="relu", hidden="20,20"))["error_d0"] < 0.1


@pytest.mark.parametrize("sizes", ["1", "5", "12", "6,6,6", "3,9", "1,1"])
@pytest.mark.parametrize("optimizer", SOLVERS)
def test_any_depth_and_width_is_trained(tmp_path: Path, optimizer: str, sizes: str) -> None:
    member = trained(tmp_path, optimizer=optimizer, hidden=sizes, epochs=20)
    assert member.history[-1] == member.mse < 0.02  # the variance of the samples, which a constant would leave
    assert member.history[-2] <= member.history[0]


@pytest.mark.parametrize(("optimizer", "bound"), [("varpro", 1e-4), ("lm", 1e-2), ("lbfgs", 0.3)])
def test_solvers_in_the_order_of_their_precision(tmp_path: Path, optimizer: str, bound: float) -> None:
    assert errors(trained(tmp_path, optimizer=optimizer, hidden="12,12"))["error_d2"] < bound


def test_derivatives_that_are_given_are_matched(tmp_path: Path) -> None:
    plain = errors(trained(tmp_path / "plain", target="psi_3", epochs=100), target="psi_3")
    for order in (1, 2):
        matched = errors(
            trained(tmp_path / f"{order}", target="psi_3", epochs=100, match_derivatives=order), target="psi_3"
        )
        assert matched["error_d2"] < 0.5 * plain["error_d2"]


def test_weights_of_samples_count(tmp_path: Path) -> None:
    """Samples that are far off and known to be hardly move the fit."""
    config = FitConfig.model_validate(SMALL)
    known = sample(config, config.seed)
    y, standard_error = known.y.copy(), np.full_like(known.y, 1e-6)
    y[::10] += 0.1
    standard_error[::10] = 1e3
    weighted = trained(tmp_path / "weighted", Samples(known.x, y, standard_error=standard_error))
    assert errors(weighted)["error_d0"] < 0.02
    assert errors(trained(tmp_path / "not", Samples(known.x, y)))["error_d0"] > 0.02
    assert config.points == len(y)


class Kill(Callback):
    """Ends the process from within, between two iterations."""

    def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        if trainer.current_epoch == 17:
            os.kill(os.getpid(), signal.SIGKILL)


def train_until_killed(folder: Path, optimizer: str) -> None:
    config = FitConfig.model_validate(SMALL | {"optimizer": optimizer})
    samples = sample(config, config.seed)
    list(train(config, samples, folder, [Kill()], seconds_between=0))


@pytest.mark.parametrize("optimizer", SOLVERS)
def test_a_killed_training_ends_with_the_same_bits(tmp_path: Path, optimizer: str) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    assert exit_code(train_until_killed, folder, optimizer) == -signal.SIGKILL
    assert list(folder.glob("*.ckpt"))
    resumed, whole = trained(folder, optimizer=optimizer), trained(tmp_path / "whole", optimizer=optimizer)
    assert resumed.history == whole.history
    assert resumed.network
    assert whole.network
    assert all(map(torch.equal, weights(resumed.network), weights(whole.network)))


@pytest.mark.parametrize(
    ("changes", "stopped"),
    [
        ({"epochs": 3}, "early"),
        ({"hidden": "4", "epochs": 1_000}, "converged"),
        ({"hidden": "1,1", "activation": "relu", "epochs": 1_000}, "stalled"),
        ({"optimizer": "evidence", "hidden": "50"}, "converged"),
    ],
)
def test_why_the_training_ended(tmp_path: Path, changes: dict[str, Any], stopped: str) -> None:
    assert trained(tmp_path, **changes).stopped == stopped


def test_several_runs_are_several_seeds(tmp_path: Path) -> None:
    config = FitConfig.model_validate(SMALL | {"runs": 2, "seed": 4, "epochs": 5})
    samples = sample(config, config.seed)
    first, second = train(config, samples, tmp_path, seconds_between=0)
    assert (first.seed, second.seed) == (4, 5)
    assert first.mse != second.mse
    assert first.mse == trained(tmp_path / "alone", seed=4, epochs=5).mse


def noisy(seed: int, samples: int = 500) -> Samples:
    x = np.linspace(-5, 5, samples)
    truth = FitConfig().function
    assert truth
    return Samples(x, truth.derivative(x) + 0.01 * np.random.default_rng(seed).normal(size=samples))


def test_noise_is_estimated_and_its_band_holds_the_function(tmp_path: Path) -> None:
    inside = []
    for seed in range(5):
        member = trained(tmp_path / f"{seed}", noisy(seed), optimizer="evidence", hidden="200")
        assert member.noise_std == pytest.approx(0.01, rel=0.15)
        assert errors(member)["error_d2"] < 0.13
        assert member.network
        truth = FitConfig().function
        assert truth
        x = np.linspace(-5, 5, 200)
        fits, bands = evaluate(member.network, x, 2), posterior_std(member.network, x)
        for order in range(3):
            inside.append(np.mean(np.abs(fits[order] - truth.derivative(x, order)) < 2 * bands[order]))
    assert 0.85 < np.mean(inside) < 1


def test_data_without_noise_are_fitted_to_rounding(tmp_path: Path) -> None:
    member = trained(tmp_path, optimizer="evidence", hidden="200", points=1001)
    assert member.noise_std
    assert member.noise_std < 1e-12
    assert errors(member)["error_d2"] < 1e-9


def test_fast_functions_get_steep_features(tmp_path: Path) -> None:
    member = trained(tmp_path, target="sin(8*x)", optimizer="evidence", hidden="200", points=1001)
    assert errors(member, target="sin(8*x)")["error_d2"] < 1e-4


def test_an_iteration_is_a_training_step_of_lightning() -> None:
    config = FitConfig.model_validate(SMALL)
    samples = sample(config, config.seed)
    module = SolverRegressor(config, samples, [0])
    assert isinstance(module, LightningModule)
    before = module.network(0)
    module.trainer = Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    first = module.training_step(None, 0)["mse"][0]
    assert np.isfinite(first)
    assert not all(map(torch.equal, weights(before), weights(module.network(0))))
    assert module.final_errors()[0] == pytest.approx(first, rel=2)
