import numpy as np
import pytest
import torch

from tests.rounding import assert_close
from training.config import FitConfig
from training.datasets import equally_spaced
from training.networks import Network
from training.regressor import Regressor
from training.samples import sample
from training.targets import Gaussian

SMALL = {"points": 101, "hidden": "5,4", "epochs": 3, "batch_size": 30}


def regressor(seeds: list[int], **changes: object) -> Regressor:
    config, samples = sample(FitConfig.model_validate(SMALL | changes))
    return Regressor(config, samples.x, samples.y, seeds)


def weights(network: Network) -> list[torch.Tensor]:
    return [p.detach() for p in network.parameters()]


def test_members_start_as_the_network_of_their_seed() -> None:
    made = regressor([3, 8])
    for seed in (3, 8):
        alone = Network((5, 4), "tanh", made.scaling, torch.Generator().manual_seed(seed))
        assert all(map(torch.equal, weights(made.network(seed)), weights(alone)))


def test_every_epoch_sees_every_sample_once_in_an_order_of_its_own() -> None:
    made = regressor([0, 1])
    first, second = made.order(0).tolist(), made.order(1).tolist()
    assert sorted(first) == sorted(second) == list(range(101))
    assert len({tuple(first), tuple(second), tuple(range(101))}) == 3


def test_errors_are_the_mean_squared_difference_in_the_function_s_units() -> None:
    made = regressor([3, 8], dtype="float32")
    x = equally_spaced((-5.0, 5.0), 101)
    y = Gaussian().derivative(x)
    for seed, error in made.errors().items():
        fit = made.network(seed)(torch.from_numpy(x))[0].detach().numpy()
        # The difference is that of outputs in float32, whose size is what is rounded.
        magnitude = np.mean((np.abs(fit) + np.abs(y)) ** 2)
        assert_close(error, np.mean((fit - y) ** 2), roundings=60, magnitude=magnitude, precision="float32")


def test_the_error_after_an_epoch_is_watched_at_few_samples() -> None:
    made = regressor([0], points=10_001, learning_rate=1e-9)
    assert made.training_step(None, 0)["mse"][0] == pytest.approx(made.errors()[0], rel=0.02)


def test_a_member_that_diverges_is_dropped_and_harms_no_other() -> None:
    together, alone = regressor([3, 4, 5]), regressor([3])
    with torch.no_grad():
        together.engine.layers[1][0][1, 0, 0] = torch.nan
    for _ in range(3):
        errors = together.training_step(None, 0)["mse"]
        alone.training_step(None, 0)
    assert list(errors) == together.seeds == [3, 5]
    assert together.engine.members == 2
    assert all(map(torch.equal, weights(together.network(3)), weights(alone.network(3))))


def test_a_member_whose_final_error_is_not_finite_has_diverged() -> None:
    made = regressor([3, 4])
    with torch.no_grad():
        made.engine.layers[1][0][1, 0, 0] = torch.inf
    errors = made.final_errors()
    assert np.isfinite(errors[3])
    assert not np.isfinite(errors[4])
    assert made.seeds == [3]
