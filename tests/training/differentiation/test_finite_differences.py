from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from tests.support.networks import network
from training.arrays import Array
from training.differentiation.finite_differences import (
    COLUMNS,
    FORMULAS,
    PRECISIONS,
    Comparison,
    Errors,
    Precision,
    both_figure,
    error_figure,
    errors,
    first_derivative,
    fit_figure,
    function_figure,
    second_derivative,
)
from training.evaluation.accuracy import accuracy
from training.models.networks import evaluate
from training.regression.trainer import single_thread
from training.targets.domain import Domain
from training.targets.named import Gaussian, WaveFunction, parse

X = np.linspace(-1, 1, 9)
DOMAIN = Domain(-5.0, 5.0)
STEPS = np.geomspace(1e-4, 1, 5)


@pytest.fixture(autouse=True)
def _no_thread_waits_for_another() -> Iterator[None]:
    with single_thread():
        yield


def cube(x: Array) -> Array:
    return x**3


def comparison(activation: str = "tanh", precision: Precision = "float64", step: float = 0.01) -> Comparison:
    return Comparison(WaveFunction(1), network(activation=activation), Domain(-2.0, 4.0), step, STEPS, precision)


def test_the_study_s_formulas_on_a_cube() -> None:
    h = 0.25  # every number is then exact
    np.testing.assert_array_equal(first_derivative(cube, X, h), 3 * X**2 + 3 * h * X + h**2)
    np.testing.assert_array_equal(second_derivative(cube, X, h), 6 * X)


@pytest.mark.parametrize(("order", "halved"), [(1, 2.0), (2, 4.0)])
def test_truncation_falls_with_the_step(order: int, halved: float) -> None:
    coarse, fine = errors(Gaussian().derivative, Gaussian(), DOMAIN, order, [0.02, 0.01])
    assert coarse / fine == pytest.approx(halved, rel=1e-3)


def test_truncation_is_the_next_term_of_taylor_s_series() -> None:
    x, h = np.array([0.3]), 1e-3
    off = first_derivative(np.sin, x, h) - np.cos(x)
    assert off == pytest.approx(-h / 2 * np.sin(x), rel=1e-2)
    off = second_derivative(np.sin, x, h) + np.sin(x)
    assert off == pytest.approx(h**2 / 12 * np.sin(x), rel=2e-2)


@pytest.mark.parametrize(("order", "power"), [(1, 1 / 2), (2, 1 / 4)])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_best_step_is_a_root_of_the_rounding_unit(order: int, power: float, precision: Precision) -> None:
    steps = np.geomspace(1e-12, 1, 49)
    found = errors(Gaussian().derivative, Gaussian(), DOMAIN, order, steps, precision)
    assert steps[found.argmin()] == pytest.approx(np.finfo(precision).eps ** power, rel=4)


@pytest.mark.parametrize("order", FORMULAS)
def test_rounding_is_larger_in_float32(order: int) -> None:
    steps = np.geomspace(1e-9, 1, 37)
    double, single = (errors(Gaussian().derivative, Gaussian(), DOMAIN, order, steps, p) for p in PRECISIONS)
    assert single.min() > 1_000 * double.min()
    np.testing.assert_allclose(single[-4:], double[-4:], rtol=1e-3)  # where all is truncation


def test_in_float32_points_values_and_differences_are_rounded() -> None:
    x, h = np.array([1.3]), np.float32(1e-3)
    point = np.float32(1.3)
    low, high = (np.float32(np.exp(np.float64(p))) for p in (point, point + h))
    assert first_derivative(np.exp, x, 1e-3, "float32") == [(high - low) / h]
    np.testing.assert_array_equal(first_derivative(np.exp, x, 1e-9, "float32"), 0)  # 1.3 + 1e-9 is 1.3 there


def test_what_is_too_large_for_float32_has_no_finite_difference() -> None:
    assert not np.isfinite(first_derivative(lambda x: np.exp(100 * x), np.array([1.0]), 1e-3, "float32")).any()


def test_no_formula_leaves_the_domain() -> None:
    root = parse("sqrt(x)")  # nan below zero
    assert np.isfinite(errors(root.derivative, root, Domain(0.0, 2.0), 2, [0.3])).all()


def test_errors_are_those_of_the_formula_against_the_exact_derivative() -> None:
    c = comparison(precision="float32")
    found = Errors.of(c)
    x = Domain(-2 + c.step, 4 - c.step).midpoints(1_001)
    truth = c.function.derivative(x, 2)
    values = second_derivative(lambda x: evaluate(c.network, x, 0)[0], x, c.step, "float32")
    drawn = np.linalg.norm(values - truth) / np.linalg.norm(truth)
    assert found.drawn["fit", 2] == pytest.approx(drawn, rel=1e-12)
    assert found.metrics()["fd_error_at_step_d2"] == found.drawn["fit", 2]
    measured = accuracy(c.network, c.function, c.domain)
    assert found.exact == {order: measured[f"error_d{order}"] for order in range(3)}


def test_the_best_step_is_that_of_the_lowest_finite_error() -> None:
    found = Errors.of(comparison(precision="float32"))
    assert found.best("fit", 2)[1] == found.finite["fit", 2, "float32"].min()
    assert found.best("function", 2)[1] == found.finite["function", 2, "float64"].min()
    found.finite["fit", 1, "float32"][:] = [np.nan, np.inf, 3, 2, 4]
    assert found.best("fit", 1) == (STEPS[3], 2)
    assert found.metrics()["best_step_d1"] == STEPS[3]


def test_the_table_has_a_line_for_each_error() -> None:
    found = Errors.of(comparison())
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in found.table()]
    assert len(rows) == 2 * 2 * 2 * len(STEPS) + 3
    (row,) = (r for r in rows if (r["network"], r["order"], r["step"], r["precision"]) == ("7,5", 1, 1.0, "float32"))
    assert (row["method"], row["error"]) == ("forward difference", found.finite["fit", 1, "float32"][-1])
    exact = [(row["network"], row["order"], row["step"], row["error"]) for row in rows if row["method"] == "exact"]
    assert exact == [("7,5", order, None, error) for order, error in found.exact.items()]


def test_the_fit_is_drawn_beside_the_function() -> None:
    c = comparison()
    (axes,) = fit_figure(c).axes
    x = np.linspace(-2, 4, 9_999)
    for line, values in zip(axes.lines, (c.function.derivative(x), evaluate(c.network, x, 0)[0]), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([x, values]))


def test_the_function_s_differences_are_drawn_with_their_errors() -> None:
    c = comparison()
    curves, difference = function_figure(c, 1).axes
    exact, found = (np.asarray(line.get_ydata()) for line in curves.lines)
    x = np.linspace(-2 + c.step, 4 - c.step, 9_999)
    np.testing.assert_array_equal(exact, c.function.derivative(x, 1))
    np.testing.assert_array_equal(found, first_derivative(c.function.derivative, x, c.step))
    np.testing.assert_array_equal(np.nan_to_num(difference.lines[0].get_ydata()), np.abs(found - exact))


def test_both_are_drawn_for_two_steps_and_exact() -> None:
    found = Errors.of(c := comparison(precision="float32"))
    best, _ = found.best("fit", 2)
    left, middle, right, error = both_figure(found, 2).axes
    for axes, step in ((left, c.step), (middle, best)):
        x = np.linspace(-2 + step, 4 - step, 9_999)
        values = (
            second_derivative(c.function.derivative, x, step),
            second_derivative(partial(c.exact, "fit"), x, step, "float32"),
        )
        for line, expected in zip(axes.lines, values, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), expected)
    exact = evaluate(c.network, np.linspace(-2, 4, 9_999), 2)[2]
    np.testing.assert_array_equal(right.lines[1].get_ydata(), exact)
    off = np.abs(exact - c.function.derivative(np.linspace(-2, 4, 9_999), 2))
    np.testing.assert_array_equal(np.nan_to_num(error.lines[2].get_ydata()), off)
    assert "0.01" in left.get_title()
    assert f"best step {best:.2g}" in middle.get_title()


def test_what_goes_far_beyond_the_function_is_cut_off_and_said() -> None:
    """As a step of a piecewise-linear network does at each of its kinks."""
    left, _, right, _ = both_figure(Errors.of(comparison("relu", step=1e-4)), 2).axes
    low, high = left.get_ylim()
    largest = np.abs(left.lines[1].get_ydata()).max()
    assert high - low < 10 < largest
    assert left.get_xlabel().startswith("x (the fit goes from")
    assert right.get_xlabel() == "x"


def test_the_errors_are_drawn_against_the_step() -> None:
    found = Errors.of(comparison())
    for order, axes in enumerate(error_figure(found).axes, 1):
        *finite, exact, step = axes.lines
        expected = [found.finite[s, order, p] for s in ("function", "fit") for p in ("float64", "float32")]
        for line, values in zip(finite, expected, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), np.column_stack([STEPS, values]))
        assert exact.get_ydata() == [found.exact[order]] * 2
        assert step.get_xdata() == [0.01] * 2
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


@pytest.mark.parametrize("name", ["2*x", "x**2"])
def test_a_derivative_that_is_constant_is_drawn(name: str) -> None:
    c = Comparison(parse(name), network(), Domain(-2.0, 4.0), 0.01, STEPS, "float32")
    both_figure(Errors.of(c), 2).canvas.draw()
