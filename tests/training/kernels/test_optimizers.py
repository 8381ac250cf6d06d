from collections.abc import Callable

import numpy as np
import pytest

from training.kernels.optimizers import NAMES, step_rates, update

RATE = 0.01
Array = np.ndarray


def adam() -> Callable[[Array, Array], Array]:
    """As its paper defines it (Kingma and Ba, 2015, algorithm 1)."""
    m, v, t = np.zeros(11), np.zeros(11), 0

    def step(theta: Array, g: Array) -> Array:
        nonlocal m, v, t
        m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2, t + 1
        return np.asarray(theta - RATE * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8))

    return step


def sgd() -> Callable[[Array, Array], Array]:
    return lambda theta, g: theta - RATE * g


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", NAMES)
def test_steps_are_as_defined(name: str, decay: float) -> None:
    generator, number = np.random.default_rng(0), NAMES.index(name)
    parameters, averages, squares = generator.standard_normal(11), np.zeros(11), np.zeros(11)
    truth, take = parameters.copy(), {"adam": adam, "sgd": sgd}[name]()
    for step in range(1, 6):
        gradient = generator.standard_normal(11)
        rates = step_rates(number, step, RATE)
        update(number, parameters, gradient, averages, squares, *rates, decay)
        truth = take(truth, gradient + decay * truth)
    np.testing.assert_allclose(parameters, truth, rtol=1e-12)


def test_averages_that_begin_with_zero_are_corrected_for_it() -> None:
    number = NAMES.index("adam")
    assert step_rates(number, 1, RATE) == pytest.approx((RATE / 0.1, 1 / np.sqrt(0.001)))
    assert step_rates(number, 100_000, RATE) == pytest.approx((RATE, 1.0))
    assert step_rates(NAMES.index("sgd"), 1, RATE) == (RATE, 1.0)
