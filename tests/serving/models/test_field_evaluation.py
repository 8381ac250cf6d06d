"""Evaluations of several variables and their warnings, without HTTP."""

from typing import Any

import numpy as np
import pytest

from serving.errors import OrderTooHigh
from serving.models.field_evaluation import FieldSpec, evaluate, plan_of
from tests.support.fields import layers
from tests.support.served_field import LAYERS, ROOTS, UNITS, served_field
from training.models.field_network import FieldNetwork
from training.models.field_network import evaluate as by_network

X = np.random.default_rng(0).uniform(-1, 1, (40, 2))


def test_only_what_is_asked_for_is_answered() -> None:
    found = evaluate(served_field(), FieldSpec(X, (), {"y,x": (1, 0)})).values
    assert (list(found.outputs), list(found.partials), found.partial_posterior_std) == ([], ["y,x"], {})
    hessian = by_network(FieldNetwork(LAYERS), X, 2)[2]
    np.testing.assert_allclose(found.partials["y,x"], hessian[:, :, 1, 0], rtol=0, atol=1e-12)
    banded = evaluate(served_field(UNITS, 2, ROOTS), FieldSpec(np.zeros((1, 3)), (2,), {"z": (2,)})).values
    assert list(banded.outputs) == ["hessian"]
    assert list(banded.partial_posterior_std) == ["z"]


def test_the_numbers_of_an_answer() -> None:
    assert plan_of(served_field(), FieldSpec(X, (0, 1, 2))).numbers == 2 + 3 + 6 + 12
    assert plan_of(served_field(UNITS, 2, ROOTS), FieldSpec(X, (0, 1))).numbers == 3 + 2 * (2 + 6)


@pytest.mark.parametrize(
    ("activation", "metadata", "spec", "warnings"),
    [
        ("tanh", {}, FieldSpec(np.zeros((1, 2)), (0,)), []),
        ("tanh", {"warnings": ["of the fit"]}, FieldSpec(np.zeros((1, 2)), (0,)), ["of the fit"]),
        (
            "tanh",
            {},
            FieldSpec(np.array([[0, 0], [2, 0], [2, -3.0]]), (0,)),
            ["extrapolation: 2 of 3 points lie outside the domain: x outside [-1, 1] at 2, y outside [-1, 2] at 1"],
        ),
        ("relu", {}, FieldSpec(np.zeros((1, 2)), (1,)), []),
        ("relu", {}, FieldSpec(np.zeros((1, 2)), (2,)), ["piecewise linear: derivatives of order 2 are zero"]),
        ("relu", {}, FieldSpec(np.zeros((1, 2)), (), {"x,y": (0, 1)}), ["piecewise linear: derivatives of order 2"]),
        (
            "relu",
            {"domain": [[-1.7e308, 1.7e308]] * 2},
            FieldSpec(np.full((1, 2), 1.5e308), (0,)),
            ["overflow: some values are beyond the range of float64 and are given as null"],
        ),
    ],
)
def test_what_not_to_trust(activation: str, metadata: dict[str, Any], spec: FieldSpec, warnings: list[str]) -> None:
    given = layers((2, 50, 1), activation)
    found = evaluate(served_field(given, **metadata), spec).warnings
    assert len(found) == len(warnings)
    for said, expected in zip(found, warnings, strict=True):
        assert said.startswith(expected)


def test_orders_that_are_not_there() -> None:
    for spec in (FieldSpec(X, (0, 2)), FieldSpec(X, (), {"x,y": (0, 1)})):
        with pytest.raises(OrderTooHigh, match="order 2 is above 1, the highest of f version 3"):
            evaluate(served_field(LAYERS, 1), spec)


def test_plans_are_kept_and_not_too_many() -> None:
    function = served_field()
    assert plan_of(function, FieldSpec(X, (0, 1))) is plan_of(function, FieldSpec(X[:1], (0, 1)))
    for number in range(200):
        plan_of(function, FieldSpec(X, (), {f"x{' ' * number},y": (0, 1)}))
    assert len(function.plans) <= 64
