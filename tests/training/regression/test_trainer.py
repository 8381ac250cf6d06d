import os
from math import isinf
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from tests.support import perceptron
from tests.support.forked import exit_code
from tests.support.perceptron import Layers, flat, roundings, unflat
from tests.support.rounding import Array, assert_close, sensitivity, wide
from tests.support.small_fits import weights
from tests.support.trainings import trained
from training.errors import TrainingDiverged
from training.kernels.permutation import permute
from training.models.networks import Network, Scaling
from training.regression.config import FitConfig
from training.regression.regressor import Regressor
from training.regression.trainer import groups
from training.targets.domain import Domain
from training.targets.named import Gaussian


def one(folder: Path, *callbacks: Callback, **changes: object) -> Network:
    (member,) = trained(folder, *callbacks, **changes)
    assert member.network
    return member.network


def layers(network: Network) -> Layers:
    parts = zip(network.weights, network.biases, strict=True)
    return [(weight.detach().numpy(), bias.detach().numpy()) for weight, bias in parts]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_training_is_a_plain_loop_with_decay_on_weights_only(tmp_path: Path, optimizer: str, dtype: str) -> None:
    found = one(tmp_path, optimizer=optimizer, weight_decay=0.01, dtype=dtype, learning_rate=0.01)
    x = Domain(-5.0, 5.0).equally_spaced(101)
    scaling = Scaling.of(Domain(-5.0, 5.0), y := Gaussian().derivative(x))
    start = layers(Network((5, 4), "tanh", scaling, torch.Generator().manual_seed(0)))
    batches = []
    for epoch in range(3):
        (mixed,) = np.random.SeedSequence([0, epoch]).generate_state(1, np.uint64)
        order = np.empty(len(x), np.int32)
        permute(order, mixed)
        batches += np.split(order, range(30, len(order), 30))

    def plain(parameters: Array, x: Array, y: Array) -> Array:
        made = perceptron.trained(
            unflat(parameters, start),
            "tanh",
            "mean_squared_error",
            [(x[batch], y[batch]) for batch in batches],
            optimizer,
            0.01,
            lambda _: 0.01,
        )
        return flat(made)

    # The network keeps the scale of its inputs and outputs to itself: the weights are those of scaled samples.
    inputs = flat(start), x[:, None] / 5, (y[:, None] - scaling.y_center) / scaling.y_scale
    taken, magnitude = len(batches) * roundings((1, 5, 4, 1), 30), sensitivity(plain, *inputs).max()
    assert_close(flat(layers(found)), plain(*map(wide, inputs)), taken, magnitude, precision=dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_members_end_with_the_bits_that_they_have_alone(tmp_path: Path, dtype: str) -> None:
    together = trained(tmp_path / "together", runs=5, seed=2, dtype=dtype)
    assert [member.seed for member in together] == [2, 3, 4, 5, 6]
    for member in together:
        (alone,) = trained(tmp_path / f"{member.seed}", seed=member.seed, dtype=dtype)
        assert member.network
        assert alone.network
        assert all(map(torch.equal, weights(member.network), weights(alone.network)))
        assert (member.mse, member.history) == (alone.mse, alone.history)


@pytest.mark.parametrize("runs", [1, 7])
def test_the_same_parameters_give_the_same_bits(tmp_path: Path, runs: int) -> None:
    first, second = (trained(tmp_path / name, runs=runs) for name in "ab")
    for a, b in zip(first, second, strict=True):
        assert a.network
        assert b.network
        assert all(map(torch.equal, weights(a.network), weights(b.network)))


def test_a_batch_larger_than_the_data_is_all_of_them(tmp_path: Path) -> None:
    whole, larger = (one(tmp_path / str(size), batch_size=size) for size in (101, 10**6))
    assert all(map(torch.equal, weights(whole), weights(larger)))


def test_the_last_error_is_that_at_all_samples(tmp_path: Path) -> None:
    (member,) = trained(tmp_path, points=5_001)
    assert member.history[-1] == member.mse


def test_members_are_grouped_by_what_they_touch() -> None:
    small = FitConfig(preset="standard", runs=1_000)
    wide = FitConfig(preset="standard", runs=3, hidden=(1_000, 1_000))
    assert [seed for group in groups(small, small.points) for seed in group] == list(range(1_000))
    assert 16 <= max(map(len, groups(small, small.points))) <= 256
    assert groups(wide, wide.points) == [[0], [1], [2]]


def test_a_loss_that_is_not_finite_stops_the_training(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged, match=r"the loss became (nan|inf) in epoch \d: try a learning_rate below 1e"):
        trained(tmp_path, optimizer="sgd", learning_rate=1e300)


class Spoil(Callback):
    """Makes one member's weights infinite after an epoch."""

    def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        assert isinstance(module, Regressor)
        if trainer.current_epoch == 1 and len(module.seeds) == 3:
            module.engine.layers[0][0][1] = torch.inf


def test_a_diverged_member_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    first, diverged, last = trained(tmp_path / "spoiled", Spoil(), runs=3)
    assert (diverged.seed, diverged.network, isinf(diverged.mse), len(diverged.history)) == (1, None, True, 2)
    for member, truth in zip((first, last), trained(tmp_path / "whole", runs=3)[::2], strict=True):
        assert member.mse == truth.mse


class StopAfter(Callback):
    """Ends the process at the start of an epoch, as a kill does."""

    def __init__(self, epochs: int):
        self._epochs = epochs

    def on_train_batch_start(self, trainer: Trainer, *_: object) -> None:
        if trainer.current_epoch == self._epochs:
            os._exit(9)


def train_until_killed(folder: Path, runs: int) -> None:
    """With a checkpoint after every epoch, of which there are four."""
    trained(folder, Spoil(), StopAfter(4), epochs=7, runs=runs)


@pytest.mark.parametrize("runs", [1, 3])
def test_a_killed_training_resumes_to_the_same_bits(tmp_path: Path, runs: int) -> None:
    """Also where a member had been dropped."""
    assert exit_code(train_until_killed, tmp_path / "killed", runs) == 9
    assert (tmp_path / "killed" / "0.ckpt").exists()
    started: list[int] = []

    class Note(Callback):
        def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
            started.append(trainer.current_epoch)

    resumed = trained(tmp_path / "killed", Note(), epochs=7, runs=runs)
    assert started == [4, 5, 6]
    for a, b in zip(trained(tmp_path / "whole", Spoil(), epochs=7, runs=runs), resumed, strict=True):
        assert a.seed == b.seed
        np.testing.assert_array_equal(a.history, b.history)
        assert (a.network is None) == (b.network is None)
        if a.network and b.network:
            assert all(map(torch.equal, weights(a.network), weights(b.network)))


def test_threads_are_as_before(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    trained(tmp_path)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
