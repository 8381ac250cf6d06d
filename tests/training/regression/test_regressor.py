import numpy as np
import pytest
import torch

from tests.support.rounding import assert_close
from tests.support.small_fits import SMALL, weights
from training.models.networks import Network, Scaling
from training.regression.config import FitConfig
from training.regression.regressor import Regressor
from training.regression.sampling import sample
from training.targets.domain import Domain
from training.targets.named import Gaussian


def regressor(seeds: list[int], **changes: object) -> Regressor:
    config = FitConfig.model_validate(SMALL | changes)
    samples = sample(config, config.seed)
    return Regressor(config, samples, seeds)


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
    x = Domain(-5.0, 5.0).equally_spaced(101)
    y = Gaussian().derivative(x)
    for seed, error in made.errors().items():
        fit = made.network(seed)(torch.from_numpy(x))[0].detach().numpy()
        # The difference is that of outputs in float32, whose size is what is rounded.
        magnitude = np.mean((np.abs(fit) + np.abs(y)) ** 2)
        assert_close(error, np.mean((fit - y) ** 2), roundings=60, magnitude=magnitude, precision="float32")


def test_what_is_not_standardised_is_trained_as_it_is() -> None:
    """Beside PyTorch's own Adam on x and y as they are, with the same batches."""
    made = regressor([3], points=40, batch_size=16, standardise=False)
    assert made.scaling == Scaling(0.0, 1.0, 0.0, 1.0)
    x = torch.from_numpy(Domain(-5.0, 5.0).equally_spaced(40))
    y = torch.from_numpy(Gaussian().derivative(x.numpy()))
    network = Network((5, 4), "tanh", made.scaling, torch.Generator().manual_seed(3))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.005)
    for batch in torch.split(torch.from_numpy(made.order(3)).long(), 16):
        optimizer.zero_grad()
        ((network(x[batch])[0] - y[batch]) ** 2).mean().backward()
        optimizer.step()
    made.training_step(None, 0)
    for ours, theirs in zip(weights(made.network(3)), weights(network), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


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
