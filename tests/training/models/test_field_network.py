from itertools import product
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest
import torch
from torch.func import hessian, jacrev, vmap
from torch.utils.flop_counter import FlopCounterMode

from tests.support.activations import DEFINITIONS, TORCH
from tests.support.fields import layers, transcription
from tests.support.rounding import assert_close
from training.models.field_network import FieldLayers, FieldNetwork, FieldScaling, evaluate
from training.models.jets import ACTIVATIONS

mpmath: Any = _mpmath  # it has no types


def points(d: int, n: int = 9) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(d).uniform(-2, 2, (n, d)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("d", "m"), list(product(range(1, 6), (1, 3))))
def test_against_torch_func(activation: str, d: int, m: int) -> None:
    for hidden in [(7,), (6, 5), (4, 5, 3)]:
        given = layers((d, *hidden, m), activation)
        function, x = transcription(given, TORCH[activation]), points(d)
        truth = [vmap(function)(x), vmap(jacrev(function))(x), vmap(hessian(function))(x)]
        for found, exact in zip(evaluate(FieldNetwork(given), x.numpy(), 2), truth, strict=True):
            # torch differentiates the tanh form of gelu with some cancellation; high precision, below, is stricter.
            assert_close(found, exact.numpy(), roundings=2_000, magnitude=max(1.0, float(exact.abs().max())))


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"relu"}))  # it is not analytic
def test_against_high_precision(activation: str) -> None:
    given, point = layers((2, 3, 2, 1), activation), (0.3, -0.8)

    def exact(*x: Any) -> Any:
        s = given.scaling
        a = [(value - mpmath.mpf(c)) / mpmath.mpf(w) for value, c, w in zip(x, s.x_center, s.x_scale, strict=True)]
        for number, (weight, bias) in enumerate(zip(given.weights, given.biases, strict=True)):
            a = a if number == 0 else [DEFINITIONS[activation](value) for value in a]
            columns = zip(weight.T, bias, strict=True)
            a = [sum(u * mpmath.mpf(w) for u, w in zip(a, column, strict=True)) + b for column, b in columns]
        return a[0] * mpmath.mpf(s.y_scale[0]) + mpmath.mpf(s.y_center[0])

    value, gradient, matrix = evaluate(FieldNetwork(given), np.array([point]), 2)
    with mpmath.workdps(50):
        at = tuple(map(mpmath.mpf, point))
        derivatives = [float(mpmath.diff(exact, at, orders)) for orders in ((1, 0), (0, 1))]
        second = [[(2, 0), (1, 1)], [(1, 1), (0, 2)]]
        rows = [[float(mpmath.diff(exact, at, orders)) for orders in row] for row in second]
        assert_close(value[0, 0], float(exact(*at)), roundings=100, magnitude=1.0)
    assert_close(gradient[0, 0], derivatives, roundings=100, magnitude=1.0)
    assert_close(matrix[0, 0], rows, roundings=200, magnitude=1.0)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_lower_orders_are_the_same_and_any_number_of_points_will_do(activation: str) -> None:
    network, x = FieldNetwork(layers((3, 6, 5, 2), activation)), points(3).numpy()
    whole = evaluate(network, x, 2)
    for order in (0, 1):
        for part, full in zip(evaluate(network, x, order), whole, strict=False):
            np.testing.assert_array_equal(part, full)
    assert [part.shape for part in evaluate(network, x[:0], 2)] == [(0, 2), (0, 2, 3), (0, 2, 3, 3)]
    many = np.repeat(x, 10_000, axis=0)
    np.testing.assert_allclose(evaluate(network, many, 2)[2][::10_000], whole[2], rtol=0, atol=1e-13)


def operations(sizes: tuple[int, ...], order: int) -> int:
    with FlopCounterMode(display=False) as counter:
        FieldNetwork(layers(sizes))(torch.zeros(100, sizes[0], dtype=torch.float64), order)
    return int(counter.get_total_flops())


@pytest.mark.parametrize("hidden", [(40,), (500,), (30, 30), (100, 50)])
def test_the_products_of_gradient_and_hessian(hidden: tuple[int, ...]) -> None:
    """The gradient costs at most 4 times the value for 10 inputs, the Hessian 4 d times; of one output."""
    d = 10
    value, gradient, matrix = (operations((d, *hidden, 1), order) for order in range(3))
    assert gradient <= 4 * value
    assert matrix <= 4 * d * value


def test_scaling_of_samples() -> None:
    y = np.array([[1.0, 5.0], [3.0, 5.0]])
    scaling = FieldScaling.of(np.zeros(2), np.ones(2), y)
    np.testing.assert_array_equal(scaling.y_center, [2, 5])
    np.testing.assert_array_equal(scaling.y_scale, [1, 1])
    given = FieldLayers("tanh", [np.zeros((2, 3)), np.zeros((3, 2))], [np.zeros(3), np.zeros(2)], scaling)
    np.testing.assert_array_equal(evaluate(FieldNetwork(given), np.ones((1, 2)))[0], [[2, 5]])
