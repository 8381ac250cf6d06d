from collections.abc import Callable
from typing import Any

import mpmath as _mpmath
import numpy as np
import pytest

from tests.support.rounding import assert_close
from training.errors import InvalidParameter
from training.targets.expressions import parse as parse_one
from training.targets.fields import Field, check, parse, warnings
from training.targets.names import FUNCTIONS, MORE_FUNCTIONS, PIECEWISE

mpmath: Any = _mpmath  # it has no types

BOREHOLE = "2*pi*Tu*(Hu-Hl)/(log(r/rw)*(1+2*L*Tu/(log(r/rw)*rw**2*Kw)+Tu/Tl))"
WELL = {"rw": 0.1, "r": 2000, "Tu": 9e4, "Hu": 1050, "Tl": 90, "Hl": 750, "L": 1400, "Kw": 11_000}


def borehole(rw: Any, r: Any, tu: Any, hu: Any, tl: Any, hl: Any, length: Any, kw: Any) -> Any:
    ratio = mpmath.log(r / rw)
    return 2 * mpmath.pi * tu * (hu - hl) / (ratio * (1 + 2 * length * tu / (ratio * rw**2 * kw) + tu / tl))


def psi(level: int, x: Any) -> Any:
    return (
        mpmath.hermite(level, x)
        * mpmath.exp(-x * x / 2)
        / mpmath.sqrt(mpmath.sqrt(mpmath.pi) * 2**level * mpmath.factorial(level))
    )


CASES: dict[str, tuple[tuple[str, ...], tuple[float, ...], Callable[..., Any]]] = {
    "exp(-x**2-y**2)*cos(3*x*y)": (
        ("x", "y"),
        (0.4, -0.7),
        lambda x, y: mpmath.exp(-x * x - y * y) * mpmath.cos(3 * x * y),
    ),
    "x**y + y/x - atan(x*y)**3": (("x", "y"), (1.3, 0.8), lambda x, y: x**y + y / x - mpmath.atan(x * y) ** 3),
    "psi_2(x)*psi_1(y)*psi_3(2z)^2": (
        ("x", "y", "z"),
        (0.4, -0.7, 0.3),
        lambda x, y, z: psi(2, x) * psi(1, y) * psi(3, 2 * z) ** 2,
    ),
    "max(x*y, x+y)*|x-y|": (("x", "y"), (0.4, -0.7), lambda x, y: max(x * y, x + y) * abs(x - y)),
    "1/(1+exp(1000*x*y))": (("x", "y"), (0.01, 0.2), lambda x, y: 1 / (1 + mpmath.exp(1000 * x * y))),
    "x2**2*sin(x1)": (("x1", "x2"), (0.4, -0.7), lambda x, y: y * y * mpmath.sin(x)),
    BOREHOLE: (tuple(WELL), tuple(WELL.values()), borehole),
}


def oracle(function: Callable[..., Any], point: tuple[float, ...], order: int) -> Any:
    """The array of derivatives of an order, by differences of high precision."""
    d = len(point)
    found = np.empty((d,) * order)
    with mpmath.workdps(60):
        exact = tuple(mpmath.mpf(value) for value in point)
        for index in np.ndindex(*found.shape):
            orders = tuple(index.count(k) for k in range(d))
            found[index] = float(mpmath.diff(function, exact, orders)) if order else float(function(*exact))
    return found


@pytest.mark.parametrize("text", CASES)
def test_value_gradient_and_hessian_against_high_precision(text: str) -> None:
    variables, point, function = CASES[text]
    for order, found in enumerate(parse(text, variables).evaluate(np.array([point]), 2)):
        truth = oracle(function, point, order)
        # Each entry to rounding of itself, or of what its variables' sizes make of the function.
        sizes = np.abs(oracle(function, point, 0)) / np.array([max(abs(v), 1e-2) for v in point])
        scale = [1.0, sizes, np.multiply.outer(sizes, sizes) / max(float(np.abs(oracle(function, point, 0))), 1e-9)]
        assert_close(found[0, 0], truth, roundings=2_000, magnitude=np.maximum(np.abs(truth), 1e-2 * scale[order]))


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *MORE_FUNCTIONS} - {*PIECEWISE}))
def test_every_function_as_in_one_variable(name: str) -> None:
    """Along x at fixed y its derivatives are those that one variable has, and the chain rule gives the others."""
    x = np.linspace(1.1, 1.9, 7) if name == "acosh" else np.linspace(0.1, 0.6, 7)
    one = parse_one(f"{name}(x)").derivatives(x, 2)
    value, gradient, hessian = parse(f"{name}(x+y*z)", ("x", "y", "z")).evaluate(
        np.column_stack([x, np.zeros_like(x), np.full_like(x, 3.0)]), 2
    )
    size = np.abs(one).max()
    assert_close(value[:, 0], one[0], 400, size)
    slopes = np.column_stack([one[1], 3 * one[1], 0 * x])
    assert_close(gradient[:, 0], slopes, 400, 3 * size)
    matrix = np.zeros((len(x), 3, 3))
    matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 1], matrix[:, 1, 2] = one[2], 3 * one[2], 9 * one[2], one[1]
    matrix[:, 1, 0], matrix[:, 2, 1] = matrix[:, 0, 1], matrix[:, 1, 2]
    assert_close(hessian[:, 0], matrix, 400, 9 * size)


def test_several_outputs_share_the_variables() -> None:
    function = parse("sin(x)*y; x*y**2", ("x", "y"))
    value, gradient, hessian = function.evaluate(np.array([[0.3, 2.0], [1.0, -1.0]]), 2)
    assert (value.shape, gradient.shape, hessian.shape) == ((2, 2), (2, 2, 2), (2, 2, 2, 2))
    np.testing.assert_allclose(gradient[0], [[np.cos(0.3) * 2, np.sin(0.3)], [4, 2 * 0.3 * 2]], rtol=1e-15)
    np.testing.assert_array_equal(hessian[:, 1], [[[0, 4], [4, 0.6]], [[0, -2], [-2, 2]]])
    assert function.name == "sin(x)*y; x*y**2"
    assert [len(part) for part in function.evaluate(np.zeros((0, 2)), 2)] == [0, 0, 0]


def test_a_value_beyond_float64_between_two_others_is_no_matter() -> None:
    value, gradient, _ = parse("exp(1000*x)*exp(-1000*y)", ("x", "y")).evaluate(np.array([[1.0, 1.0]]), 2)
    np.testing.assert_allclose(value, 1, rtol=1e-12)
    np.testing.assert_allclose(gradient[0, 0], [1000, -1000], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "variables", "message"),
    [
        ("x*z", ("x", "y"), r"expression in x, y: the name 'z' is unknown; .* the variables x, y, .*'z': did you mean"),
        ("x*x", ("x", "y"), r"'x\*x' does not depend on y"),
        ("x; y", ("x", "y", "z"), "does not depend on z"),
        ("x;;y", ("x", "y"), "an output without an expression"),
        ("x+y;", ("x", "y"), "an output without an expression"),
        ("x+y[", ("x", "y"), r"in x, y: the character '\[' is not allowed"),
        ("psi_501(x)*y", ("x", "y"), "beyond psi_500"),
        ("psi_2*y", ("y",), r"psi_2' needs an argument"),
        ("sin(x)", ("sin", "x"), "'sin' cannot be a variable, it is a function"),
        ("e*x", ("e", "x"), "'e' cannot be a variable, it is a constant"),
        ("x+y", ("x", "y", "x"), "it has 3 variables; 1 to 20 different ones"),
        ("+".join(["x"] * 300), ("x",), "at most 500"),
    ],
)
def test_what_is_refused(text: str, variables: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        parse(text, variables)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x/(x-y)", r"x/\(x-y\) is not finite at x = 0.5, y = 0.5$"),
        ("x; sqrt(x**2+y**2)", r"the gradient of sqrt\(x\*\*2\+y\*\*2\) is not finite at x = 0, y = 0$"),
        ("x**1.5+y", r"the Hessian of .* is not finite at x = 0, y = 0$"),
    ],
)
def test_singular_places_are_named(text: str, message: str) -> None:
    x = np.array([[0.1, 0.3], [0.0, 0.0], [0.5, 0.5]])
    if text.startswith("x/"):
        x = x[[0, 2]]
    with pytest.raises(InvalidParameter, match=message):
        check(parse(text, ("x", "y")), x)


def test_lost_digits_are_told() -> None:
    x = np.array([[1e-7, 1.0], [0.5, 0.5]])
    assert warnings(parse("x*y+sin(x)", ("x", "y")), x) == []
    (value, *_) = warnings(parse("(x-sin(x)-x**3/6)*y*1e10/x**5", ("x", "y")), x)
    assert "digits cancel in the value" in value
    assert "x = 1e-07, y = 1" in value


def test_twenty_variables() -> None:
    names = tuple(f"x{k}" for k in range(20))
    function: Field = parse("+".join(f"{k + 1}*{name}**2" for k, name in enumerate(names)), names)
    hessian = function.evaluate(np.random.default_rng(0).normal(size=(50, 20)), 2)[2]
    np.testing.assert_allclose(hessian[:, 0], np.broadcast_to(np.diag(2.0 * np.arange(1, 21)), (50, 20, 20)))
