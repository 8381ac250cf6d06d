from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest

from tests.support.activations import DEFINITIONS
from tests.support.rounding import assert_close, wide
from training.arrays import Array
from training.models.jacobian import HiddenLayers
from training.models.jets import ACTIVATIONS

mpmath: Any = _mpmath  # it has no types
SIZES = (4, 3, 5)
# Of the parameters, those at every fifth place are enough: some of each layer, weights and biases.
STRIDE = 5
X = np.array([-0.9, -0.2, 0.3, 0.8, 1.0])


def drawn(hidden: HiddenLayers) -> tuple[Array, Array, Array]:
    generator = np.random.default_rng(1)
    return (
        generator.normal(size=hidden.parameters),
        generator.normal(size=SIZES[-1] + 1),
        generator.uniform(0.5, 2, hidden.rows),
    )


def outputs(activation: str, theta: Sequence[Any], c: Sequence[Any], x: Any) -> Any:
    """f by a plain loop, in numbers of any precision."""
    a, rest = [x], iter(theta)
    for fan_in, fan_out in pairwise((1, *SIZES)):
        columns = [[next(rest) for _ in range(fan_out)] for _ in range(fan_in)]
        sums = [next(rest) for _ in range(fan_out)]
        for value, row in zip(a, columns, strict=True):
            sums = [total + value * weight for total, weight in zip(sums, row, strict=True)]
        a = [DEFINITIONS[activation](total) for total in sums]
    return mpmath.fdot(a, c[:-1]) + c[-1]


def derivatives(activation: str, theta: Sequence[Any], c: Sequence[Any], order: int) -> list[Any]:
    """f, f' … at X below each other."""
    series = [mpmath.taylor(lambda at: outputs(activation, theta, c, at), mpmath.mpf(x), order) for x in X.tolist()]
    return [mpmath.factorial(k) * point[k] for k in range(order + 1) for point in series]


def truth(activation: str, theta: Array, c: Array, order: int) -> tuple[Array, Array]:
    """f, f' … and their Jacobian (rows, parameters), by differences in high precision."""
    with mpmath.workdps(60):
        step, of = mpmath.mpf(10) ** -15, [mpmath.mpf(value) for value in theta]
        layer = [mpmath.mpf(value) for value in c]
        columns = []
        for i in range(0, len(of), STRIDE):
            ahead, behind = (
                derivatives(activation, [*of[:i], at, *of[i + 1 :]], layer, order)
                for at in (of[i] + step, of[i] - step)
            )
            columns.append([float((a - b) / (2 * step)) for a, b in zip(ahead, behind, strict=True)])
        return np.array(list(map(float, derivatives(activation, of, layer, order)))), np.array(columns).T


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_features_and_jacobian_are_those_of_the_definition(activation: str, order: int) -> None:
    hidden = HiddenLayers(SIZES, activation, X, order)
    theta, c, weights = drawn(hidden)
    values, slopes = truth(activation, theta, c, order)
    assert_close(hidden.features(theta) @ c, values, roundings=100 * (order + 1), magnitude=np.abs(values).max())
    linearisation = hidden.linearise(theta).at(c, weights)
    np.testing.assert_array_equal(linearisation.features, hidden.features(theta))
    jacobian = np.zeros((hidden.parameters, hidden.rows))
    linearisation.write_jacobian(jacobian)
    assert_close(jacobian[::STRIDE].T, weights[:, None] * slopes, roundings=100 * (order + 1))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_closed_forms_are_those_of_the_jacobian(order: int) -> None:
    hidden = HiddenLayers(SIZES, "tanh", X, order)
    theta, c, weights = drawn(hidden)
    linearisation = hidden.linearise(theta).at(c, weights)
    jacobian = np.zeros((hidden.parameters, hidden.rows))
    linearisation.write_jacobian(jacobian)
    exact = wide(jacobian)
    assert_close(linearisation.gram(), exact.T @ exact, roundings=10 * hidden.parameters)
    w = np.random.default_rng(2).normal(size=hidden.rows)
    assert_close(linearisation.transposed(w), exact @ wide(w), roundings=10 * hidden.rows)


def test_parameters_are_counted() -> None:
    assert HiddenLayers((20, 20), "tanh", X).parameters + 21 == 481
    assert HiddenLayers((200,), "tanh", X, 2).rows == 15
