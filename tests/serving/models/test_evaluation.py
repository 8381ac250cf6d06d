"""Evaluations and their warnings, without HTTP."""

from typing import Any

import numpy as np
import pytest

from serving.errors import OrderTooHigh
from serving.models.evaluation import EvaluationSpec, evaluate
from tests.support.rounding import assert_close
from tests.support.served_function import NETWORK, served_function
from training.models.networks import evaluate as by_network


@pytest.mark.parametrize("points", [3, 40])
def test_values_are_the_network_s_and_x_is_inside_the_domain_or_not(points: int) -> None:
    function, x = served_function(), np.linspace(-2, 1, points)
    found = evaluate(function, EvaluationSpec(x, (1, 0, 1)))
    truth = by_network(NETWORK, x, 1)
    assert list(found.values.derivatives) == [1, 0]
    for order in (0, 1):
        assert_close(found.values.derivatives[order], truth[order], roundings=200)
    assert found.inside.tolist() == (x >= -1).tolist()
    outside = int((x < -1).sum())
    assert found.warnings == [f"extrapolation: {outside} of {points} points lie outside the domain [-1, 1]"]


def test_finite_differences_are_their_formulas() -> None:
    function, h = served_function(), 0.1
    x = np.array([0.3])
    f = {at: by_network(NETWORK, np.array([at]), 0)[0][0] for at in (0.3, 0.4, 0.3 - h)}
    found = evaluate(function, EvaluationSpec(x, (0, 1, 2), h)).values.differences
    assert found[1][0] == pytest.approx((f[0.4] - f[0.3]) / h, abs=1e-12)
    assert found[2][0] == pytest.approx((f[0.4] + f[0.3 - h] - 2 * f[0.3]) / h**2, abs=1e-10)


@pytest.mark.parametrize(
    ("metadata", "spec", "warning"),
    [
        ({"activation": "relu"}, {"orders": (2,)}, "piecewise linear: derivatives of order 2"),
        ({}, {"step": 0.6}, "extrapolation: 1 of 1 finite differences reach outside the domain"),
        ({}, {"truth": True}, "truth: not stored with this model"),
        ({"truth": {0: [1.0]}}, {"truth": True, "orders": (0, 1)}, "truth: not stored for order 1, only for order 0"),
        ({"warnings": ["of the fit"]}, {}, "of the fit"),
    ],
)
def test_what_not_to_trust(metadata: dict[str, Any], spec: dict[str, Any], warning: str) -> None:
    found = evaluate(served_function(**metadata), EvaluationSpec(np.array([0.5]), (0,))._replace(**spec))
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(warning)


def test_orders_that_are_not_there() -> None:
    with pytest.raises(OrderTooHigh, match="order 5 is above 4, the highest of f version 3"):
        evaluate(served_function(), EvaluationSpec(np.zeros(1), (0, 5)))
    with pytest.raises(OrderTooHigh, match="order 3 is above 2, the highest of the finite differences"):
        evaluate(served_function(), EvaluationSpec(np.zeros(1), (3,), 0.1))
