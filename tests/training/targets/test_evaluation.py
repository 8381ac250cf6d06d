"""Series of trees against differentiated formulas; tests/training/targets/test_expression.py has many more."""

from math import factorial

import numpy as np

from training.targets.evaluation import SHAKEN, evaluate, evaluate_several
from training.targets.parser import parse_in
from training.taylor.second_order import SecondOrder

X = np.array([-1.5, 0.2, 2.0])


def test_coefficients_are_derivatives_over_factorials() -> None:
    found, changed = evaluate(parse_in("exp(2*x)*x", ["x"]), X, 4)
    for order in range(5):
        truth = 2.0**order * np.exp(2 * X) * (X + order / 2)
        np.testing.assert_allclose(found[order] * factorial(order), truth, rtol=1e-12, atol=1e-12)
    assert (changed[0] <= 100 * SHAKEN * np.abs(found[0])).all()


def test_what_cancels_shakes_and_what_is_exact_does_not() -> None:
    near_zero = np.array([1e-7])
    _, changed = evaluate(parse_in("(1-cos(x))/x**2", ["x"]), near_zero, 0)
    assert changed[0, 0] > 1e-3
    _, changed = evaluate(parse_in("abs(-x)", ["x"]), X, 0)
    assert not changed.any()
    assert not evaluate(parse_in("sin(x)", ["x"]), X, 2, shaken=0)[1].any()


def test_where_there_is_no_value_there_is_no_number() -> None:
    with np.errstate(all="ignore"):
        found, _ = evaluate(parse_in("sqrt(x)", ["x"]), X, 1)
    assert np.isnan(found[:, 0]).all()
    assert np.isfinite(found[:, 1:]).all()


def test_several_variables_have_gradient_and_hessian() -> None:
    x, y = X, X[::-1].copy()
    arithmetic = SecondOrder(2, 2)
    rows, _ = evaluate_several(parse_in("x**2*sin(y)", ["x", "y"]), {"x": x, "y": y}, arithmetic)
    np.testing.assert_allclose(rows[:3], [x**2 * np.sin(y), 2 * x * np.sin(y), x**2 * np.cos(y)], rtol=1e-13)
    hessian = arithmetic.hessian(rows)
    expected = [[2 * np.sin(y), 2 * x * np.cos(y)], [2 * x * np.cos(y), -(x**2) * np.sin(y)]]
    np.testing.assert_allclose(hessian, expected, rtol=1e-13)
