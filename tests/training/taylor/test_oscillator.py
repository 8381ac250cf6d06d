import numpy as np
import pytest

from training.taylor.oscillator import HIGHEST_LEVEL, derivatives, hermite_functions, of_series
from training.taylor.series import Series

X = np.linspace(-40, 40, 40_001)


def test_they_are_orthonormal_up_to_the_highest_level() -> None:
    functions = hermite_functions(X, HIGHEST_LEVEL)
    step = X[1] - X[0]
    chosen = [0, 1, 7, HIGHEST_LEVEL - 1, HIGHEST_LEVEL]
    products = [[step * functions[m] @ functions[n] for m in chosen] for n in chosen]
    np.testing.assert_allclose(products, np.eye(len(chosen)), atol=1e-10)


@pytest.mark.parametrize("level", [0, 3, 20])
def test_they_solve_their_equation(level: int) -> None:
    psi, _, second = derivatives(level, X, 2)
    np.testing.assert_allclose(-second + X**2 * psi, (2 * level + 1) * psi, atol=1e-9)


def test_of_a_series_the_chain_rule_holds() -> None:
    u = Series(np.array([[0.4], [2.0], [0.0]]))
    value, slope, second = of_series(2, u).plain[:, 0]
    truth = [float(d[0]) for d in derivatives(2, np.array([0.4]), 2)]
    assert (value, slope, second) == pytest.approx((truth[0], 2 * truth[1], 4 * truth[2] / 2))
