from collections.abc import Sequence
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import jacfwd, vmap

from tests.support.activations import DEFINITIONS, TORCH
from tests.support.rounding import Array, assert_close
from training.models import activations
from training.models.jets import ACTIVATIONS, Jet, multiply

mpmath: Any = _mpmath  # it has no types
HIGHEST = 8


def inner(x: Any) -> Any:
    """Something curved to put into an activation: each of its orders differs from zero."""
    return 0.3 + 0.8 * x - 0.25 * x**2 + 0.11 * x**3


def inner_jet(x: Tensor) -> Jet:
    return [inner(x), 0.8 - 0.5 * x + 0.33 * x**2, -0.5 + 0.66 * x, torch.full_like(x, 0.66)]


def assert_orders(jet: Jet, truth: Sequence[Array]) -> None:
    """To the roundings of the recurrences, in which order k sums over all pairs of orders up to k, a few times over."""
    for order, exact in enumerate(truth):
        value = jet[order] if order < len(jet) else torch.zeros_like(jet[0])
        assert_close(value, exact, roundings=400 * (order + 1), magnitude=max(1.0, np.abs(exact).max()))


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"relu"}))  # it is not analytic
def test_all_orders_against_the_definition(name: str) -> None:
    points = [-2.0, -1.1, -0.2, 0.0, 0.4, 1.7, 3.0]
    with mpmath.workdps(50):
        taylor = [mpmath.taylor(lambda x: DEFINITIONS[name](inner(x)), mpmath.mpf(p), HIGHEST) for p in points]
        truth = [[float(c * mpmath.factorial(k)) for k, c in enumerate(series)] for series in taylor]
    x = torch.tensor(points, dtype=torch.float64)
    assert_orders(ACTIVATIONS[name](inner_jet(x), HIGHEST), list(np.transpose(truth)))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_all_orders_against_torch_func(name: str) -> None:
    x = torch.linspace(-2, 2, 41, dtype=torch.float64)

    def function(value: Tensor) -> Tensor:
        result: Tensor = TORCH[name](inner(value))
        return result

    truth, derivative = [], function
    for _ in range(5):
        truth.append(vmap(derivative)(x).numpy())
        derivative = jacfwd(derivative)
    jet = inner_jet(x)[:2] if name == "relu" else inner_jet(x)
    wanted = 2 if name == "relu" else 5
    assert_orders(ACTIVATIONS[name](jet, 4), truth[:wanted])


def test_relu_of_a_line_has_slopes_and_no_curvature() -> None:
    x = torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64)
    jet = ACTIVATIONS["relu"]([3 * x, torch.full_like(x, 3)], 4)
    np.testing.assert_array_equal(torch.stack(jet), [[0, 0, 6], [0, 0, 3]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_saturated_units_stay_finite(name: str) -> None:
    x = torch.tensor([-800.0, 800.0], dtype=torch.float64)
    jet = ACTIVATIONS[name]([x, torch.ones_like(x)], 4)
    assert torch.isfinite(torch.stack(jet)).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_value_alone_gives_a_value_alone(name: str) -> None:
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)
    (value,) = ACTIVATIONS[name]([x], 4)
    with mpmath.workdps(30):
        truth = np.array([float(DEFINITIONS[name](mpmath.mpf(point))) for point in x.tolist()])
    assert_close(value, truth, roundings=20, magnitude=np.maximum(np.abs(truth), np.abs(x.numpy())))


def test_a_product_is_cut_at_the_order() -> None:
    x = torch.tensor([2.0], dtype=torch.float64)
    line = [x, torch.ones_like(x)]
    assert [float(c) for c in multiply(line, line, 4)] == [4, 4, 2]
    assert [float(c) for c in multiply(line, line, 1)] == [4, 4]


def test_the_names_that_help_lists_are_those_of_the_activations() -> None:
    assert tuple(ACTIVATIONS) == activations.NAMES
