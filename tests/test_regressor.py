from pathlib import Path

import numpy as np
import pytest
import torch

from training.callbacks import History
from training.config import FitConfig
from training.datasets import equally_spaced
from training.errors import TrainingDiverged
from training.networks import Scaling
from training.regressor import Regressor
from training.trainer import train


def trained(folder: Path, **changes: object) -> tuple[Regressor, History]:
    config = FitConfig.model_validate({"points": 101, "hidden": "5,4", "epochs": 3, "batch_size": 30} | changes)
    x = equally_spaced(config.domain, config.points)
    history = History()
    return train(config, x, config.function.derivative(x), folder, history), history


def weights(regressor: Regressor) -> list[torch.Tensor]:
    return [p.detach() for p in regressor.network.parameters()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("optimizer", "reference"), [("adam", torch.optim.Adam), ("sgd", torch.optim.SGD)])
def test_training_is_a_plain_loop_with_decay_on_weights_only(
    tmp_path: Path, optimizer: str, reference: type[torch.optim.Optimizer], dtype: str
) -> None:
    regressor, history = trained(tmp_path, optimizer=optimizer, weight_decay=0.01, dtype=dtype)
    config = regressor.config
    x = equally_spaced(config.domain, config.points)
    y = config.function.derivative(x)
    plain = Regressor(config, Scaling.of(config.domain, y))
    precision = getattr(torch, dtype)
    inputs, outputs = torch.from_numpy(x).to(precision), torch.from_numpy(y).to(precision)
    step = reference(plain.parameters(), lr=config.learning_rate)  # type: ignore[call-arg]
    for epoch in range(config.epochs):
        (mixed,) = np.random.SeedSequence([config.seed, epoch]).generate_state(1, np.uint64)
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(int(mixed)))
        for batch in torch.split(order, config.batch_size):
            step.zero_grad()
            error = (plain.network(inputs[batch])[0] - outputs[batch]) / np.std(y)
            penalty = sum((0.01 / 2 * (w**2).sum() for w in plain.network.weights), torch.zeros(()))
            ((error**2).mean() + penalty).backward()
            step.step()
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    for value, truth in zip(weights(regressor), weights(plain), strict=True):
        torch.testing.assert_close(value, truth, rtol=tolerance, atol=tolerance)
    with torch.no_grad():
        mse = float(((plain.network(inputs)[0] - outputs) ** 2).mean())
    assert history.mse[-1] == pytest.approx(mse, rel=1e-4 if dtype == "float32" else 1e-10)


def test_the_same_parameters_give_the_same_bits(tmp_path: Path) -> None:
    first, second = (trained(tmp_path / name)[0] for name in "ab")
    assert all(torch.equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    first, second = (trained(tmp_path / str(seed), seed=seed)[0] for seed in (0, 1))
    assert not torch.equal(weights(first)[0], weights(second)[0])


def test_a_batch_larger_than_the_data_is_all_of_them(tmp_path: Path) -> None:
    whole, larger = (trained(tmp_path / str(size), batch_size=size)[0] for size in (101, 10**6))
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(larger), strict=True))


def test_every_epoch_sees_every_sample_once_in_another_order() -> None:
    regressor = Regressor(FitConfig(points=101, batch_size=30), Scaling(0, 1, 0, 1))
    order = torch.cat(regressor.batches(101))
    assert [len(batch) for batch in regressor.batches(101)] == [30, 30, 30, 11]
    assert sorted(order.tolist()) == list(range(101)) != order.tolist()


def test_a_loss_that_is_not_finite_stops_the_training(tmp_path: Path) -> None:
    with pytest.raises(
        TrainingDiverged, match=r"the loss became (nan|inf) in epoch \d: try a learning_rate below 1e\+300"
    ):
        trained(tmp_path, optimizer="sgd", learning_rate=1e300)
