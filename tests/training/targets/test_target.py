import numpy as np

from training.arrays import Array
from training.targets.expressions import parse
from training.targets.named import Gaussian
from training.targets.target import AllOrders, derivatives

X = np.linspace(-1, 1, 5)


class Square:
    """A target that has one derivative at a time."""

    name = "x**2"

    def derivative(self, x: Array, order: int = 0) -> Array:
        return np.asarray([x**2, 2 * x, 2 + 0 * x][order])


def test_all_orders_are_had_at_once_or_one_by_one() -> None:
    assert not isinstance(Square(), AllOrders)
    truth = np.stack([X**2, 2 * X, np.full(5, 2.0)])
    np.testing.assert_array_equal(np.array([*derivatives(Square(), X, 2)]), truth)
    assert isinstance(parse("x**2"), AllOrders)
    np.testing.assert_allclose(np.array([*derivatives(parse("x**2"), X, 2)]), truth)
    for order, values in enumerate(derivatives(Gaussian(), X, 2)):
        np.testing.assert_allclose(values, Gaussian().derivative(X, order))
