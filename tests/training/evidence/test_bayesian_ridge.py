import numpy as np
import pytest

from training.evidence.bayesian_ridge import Evidence

X = np.linspace(-1, 1, 300)
NOISE = 0.05
Y = np.sin(3 * X) + np.random.default_rng(0).normal(0, NOISE, 300)


def test_one_iteration_finds_the_function_and_the_noise() -> None:
    solver = Evidence((1, 30), "tanh", X, Y, np.ones(300), 0)
    assert solver.iterate() is False
    assert float(solver.noise_std) == pytest.approx(NOISE, rel=0.25)
    fit = Y - solver.residual()
    assert np.sqrt(np.mean((fit - np.sin(3 * X)) ** 2)) < NOISE
    again = Evidence((1, 30), "tanh", X, Y, np.ones(300), 0)
    again.load_state_dict(solver.state_dict())
    np.testing.assert_array_equal(again.residual(), solver.residual())


def test_a_sample_of_little_weight_has_little_part() -> None:
    spoilt, weights = Y.copy(), np.ones(300)
    spoilt[150] += 100
    weights[150] = 1e-4
    solver = Evidence((1, 30), "tanh", X, spoilt, weights, 0)
    solver.iterate()
    off = solver.residual() / weights - (spoilt - np.sin(3 * X))
    assert np.abs(np.delete(off, 150)).max() < 3 * NOISE
