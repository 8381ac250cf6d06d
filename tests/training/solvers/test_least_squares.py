"""Against finite differences, and dense matrices."""

import numpy as np

from training.models.jacobian import HiddenLayers
from training.solvers.least_squares import LeastSquares

RNG = np.random.default_rng(0)
X = np.linspace(-1, 1, 12)
HIDDEN = HiddenLayers((1, 3, 2), "tanh", X, 0)
WEIGHTS = RNG.uniform(0.5, 2, 12)
PROBLEM = LeastSquares(HIDDEN, np.sin(3 * X), WEIGHTS)
THETA = RNG.normal(size=HIDDEN.parameters + 3)


def jacobian() -> np.ndarray:
    h = 1e-6
    steps = h * np.eye(len(THETA))
    return np.column_stack([(PROBLEM.residual(THETA + s) - PROBLEM.residual(THETA - s)) / (2 * h) for s in steps])


def test_the_residual_is_weighted() -> None:
    c = THETA[HIDDEN.parameters :]
    truth = WEIGHTS * (np.sin(3 * X) - HIDDEN.features(THETA[: HIDDEN.parameters]) @ c)
    np.testing.assert_allclose(PROBLEM.residual(THETA), truth)


def test_its_linearisation_is_that_of_finite_differences() -> None:
    found, matrix = PROBLEM.linearise(THETA), jacobian()
    np.testing.assert_allclose(found.value, PROBLEM.residual(THETA))
    np.testing.assert_allclose(found.gram, matrix @ matrix.T, rtol=1e-6, atol=1e-7)
    w = RNG.normal(size=12)
    np.testing.assert_allclose(found.transposed(w), matrix.T @ w, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(found.reduce(w), w)
