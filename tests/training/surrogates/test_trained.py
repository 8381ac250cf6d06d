import numpy as np
import pytest

from tests.support.fields import layers
from tests.support.friedman import sampled
from training.models.field_network import FieldNetwork, evaluate
from training.surrogates.samples import relative_errors, split
from training.surrogates.trained import NetworkSpec, average, train


def test_training_stops_where_what_is_held_out_is_fitted_best() -> None:
    samples = sampled(300, 0)
    seen, held_out = split(300, 0.1, 0)
    found = train(samples.take(seen), samples.take(held_out), NetworkSpec((20,), 0.3), seed=0)
    assert found.converged
    errors = relative_errors(found.layers, sampled(2_000, 9, order=1))
    assert errors[0] < 1e-2
    assert errors[1] < 5e-2
    assert found.error == pytest.approx(errors[0], rel=2)


def test_the_average_of_networks_is_a_network() -> None:
    networks = [layers((3, 5, 4, 2), seed=1), layers((3, 2, 3, 2), seed=2)]
    x = np.random.default_rng(0).normal(size=(7, 3))
    parts = zip(*(evaluate(FieldNetwork(network), x, 2) for network in networks), strict=True)
    for found, pair in zip(evaluate(FieldNetwork(average(networks)), x, 2), parts, strict=True):
        np.testing.assert_allclose(found, np.mean(pair, axis=0), atol=1e-12)
