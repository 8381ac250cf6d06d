import numpy as np
import pytest

from tests.support.rounding import Array, assert_close, wide
from training.models.single_layer import HIGHEST, SingleLayer


def layer(units: int, steepness: float) -> SingleLayer:
    generator = np.random.default_rng(units)
    weights = steepness * generator.uniform(0.5, 1, units) * generator.choice([-1, 1], units)
    return SingleLayer(weights, -weights * np.linspace(-1.1, 1.1, units), generator.normal(size=units), 0.25)


def exact(of: SingleLayer, u: Array) -> list[Array]:
    w, c = wide(of.weights), wide(of.outputs)
    t = np.tanh(np.multiply.outer(wide(u), w) + wide(of.biases))
    g = 1 - t * t
    return [t @ c + wide(of.offset), g @ (c * w), (t * g) @ (-2 * c * w * w)]


# One unit, a few, as many as fits have, and wide layers in which most units are saturated at most points.
@pytest.mark.parametrize(("units", "steepness"), [(1, 3.0), (7, 1.0), (90, 6.0), (301, 20.0), (900, 100.0), (700, 1e4)])
@pytest.mark.parametrize("order", range(HIGHEST + 1))
def test_it_is_as_precise_as_rounding_allows(units: int, steepness: float, order: int) -> None:
    of, generator = layer(units, steepness), np.random.default_rng(0)
    for u in (np.linspace(-1, 1, 1_501), generator.uniform(-1, 1, 70), np.array([0.3]), np.empty(0)):
        found = of.evaluate(u, order)
        assert found.shape == (order + 1, len(u))
        for k, (derivative, truth) in enumerate(zip(found, exact(of, u), strict=False)):
            # The rounding of an argument counts as often as the argument is large.
            size = np.abs(of.outputs) * np.abs(of.weights) ** k * (1 + np.abs(of.weights) + np.abs(of.biases))
            assert_close(derivative, truth, roundings=units + 10, magnitude=size.sum())


def test_what_a_point_gets_does_not_follow_from_where_it_stands() -> None:
    of, u = layer(90, 6.0), np.linspace(-1, 1, 1_501)
    found = of.evaluate(u, 2)
    np.testing.assert_allclose(of.evaluate(u[::-1].copy(), 2)[:, ::-1], found, rtol=0, atol=1e-13 * np.abs(found).max())
