import numpy as np
import pytest

from training.models.field_network import FieldNetwork, FieldScaling, evaluate
from training.surrogates.ridge_features import RidgeFeatures, metric_root

RNG = np.random.default_rng(0)
PLACES = RNG.uniform(-1, 1, (40, 3))


def drawn(steepness: float = 2.0) -> RidgeFeatures:
    return RidgeFeatures.draw(PLACES, steepness, np.eye(3), np.random.default_rng(1))


def test_units_change_sign_at_their_places() -> None:
    features = drawn()
    at_places = features.values(PLACES)
    np.testing.assert_allclose(np.diag(at_places), 0, atol=1e-12)
    assert (at_places[:, -1] == 1).all()
    lengths = np.linalg.norm(features.weights, axis=0)
    assert np.median(lengths) == pytest.approx(2, rel=0.15)
    assert np.median(np.linalg.norm(drawn(8.0).weights, axis=0)) == pytest.approx(8, rel=0.15)


def test_derivatives_are_those_along_the_directions() -> None:
    features, u, h = drawn(), RNG.uniform(-1, 1, (9, 3)), 1e-6
    for unit in (0, 7):
        direction = features.weights[:, unit]
        step = h * direction / (direction @ direction)
        difference = (features.values(u + step) - features.values(u - step))[:, unit] / (2 * h)
        np.testing.assert_allclose(features.derivatives(u)[:, unit], difference, atol=1e-8)


def test_with_an_output_layer_they_are_a_network() -> None:
    features, output = drawn(), RNG.normal(size=(41, 2))
    scaling = FieldScaling(np.zeros(3), np.ones(3), np.zeros(2), np.ones(2))
    u = RNG.uniform(-1, 1, (6, 3))
    (values,) = evaluate(FieldNetwork(features.layers(output, scaling)), u, 0)
    np.testing.assert_allclose(values, features.values(u) @ output, atol=1e-12)


def test_directions_follow_the_gradients() -> None:
    along = np.zeros((50, 1, 3))
    along[..., 1] = RNG.normal(size=(50, 1))
    root = metric_root(along, 1.0)
    assert np.abs(root[1, 1]) > 1e3 * np.abs(root[0, 0])
    assert np.trace(root @ root.T) == pytest.approx(3)
    np.testing.assert_array_equal(metric_root(np.zeros((5, 1, 3)), 1.0), np.eye(3))
