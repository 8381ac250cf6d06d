import asyncio
from typing import Any

import numpy as np
import pytest

from serving.api.umbridge import adapters
from serving.api.umbridge.adapters import Derivative
from serving.errors import BadArray, BadOutput, Unsupported
from serving.scheduling.memory_budget import Budget, sharing
from serving.scheduling.work_queue import WorkQueue
from tests.support.served_field import LAYERS, served_field
from tests.support.served_function import NETWORK, served_function
from training.models.field_network import FieldNetwork, evaluate
from training.models.networks import evaluate as evaluate_one

ONE, SEVERAL = served_function(), served_field()


def derivative(function: Any, x: list[float], action: str) -> Derivative:
    async def answer() -> Derivative:
        scope: dict[str, Any] = {}
        with sharing(scope, Budget(1 << 20)):
            return await adapters.derivative(function, np.array(x), action, scope, WorkQueue())

    return asyncio.run(answer())


def test_sizes() -> None:
    assert adapters.sizes(ONE) == (1, 1)
    assert adapters.sizes(SEVERAL) == (2, 3)


@pytest.mark.parametrize("action", adapters.ORDERS)
def test_derivatives_of_one_variable_have_the_shapes_of_several(action: str) -> None:
    order = adapters.ORDERS[action]
    of_one, of_several = derivative(ONE, [0.5], action), derivative(SEVERAL, [0.5, 3], action)
    assert of_one.values.shape == (1,) * (order + 1)
    assert of_one.values.ravel()[0] == pytest.approx(evaluate_one(NETWORK, np.array([0.5]), order)[order][0], rel=1e-12)
    truth = evaluate(FieldNetwork(LAYERS), np.array([[0.5, 3]]), order)[order][0]
    np.testing.assert_allclose(of_several.values, truth, rtol=0, atol=1e-12)
    assert (of_one.inside, of_several.inside) == (True, False)
    assert of_several.warnings[0].startswith("extrapolation")


def test_what_is_not_its_input() -> None:
    assert adapters.point(SEVERAL, [[1, 2]]).tolist() == [1, 2]
    for given, said in (([[1]], "expected 2 numbers, got 1"), ([], "one vector, got 0"), ([[1, 2]] * 2, "got 2")):
        with pytest.raises(BadArray, match=said):
            adapters.point(SEVERAL, given)


def test_an_action_that_is_not_there_and_an_output_that_is_no_number() -> None:
    with pytest.raises(Unsupported, match="Gradient: order 1 is above 0, the highest of f"):
        derivative(served_field(LAYERS, 0), [0, 0], "Gradient")
    with pytest.raises(BadOutput, match="beyond the range of float64"):
        adapters.finite(np.array([1, np.nan]))
