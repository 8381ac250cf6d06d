import numpy as np
import pytest

from tests.support.networks import network
from training.evaluation.accuracy import accuracy, relative_l2
from training.models.networks import evaluate
from training.targets.domain import Domain
from training.targets.named import Gaussian, WaveFunction


def test_errors_are_measured_on_midpoints() -> None:
    made, target = network(), WaveFunction(1)
    x = -2 + (np.arange(20_001) + 0.5) * 6 / 20_001
    fits, truths = evaluate(made, x, 2), [target.derivative(x, k) for k in range(3)]
    expected = {"max_error": np.max(np.abs(fits[0] - truths[0]))}
    for k in range(3):
        expected[f"error_d{k}"] = np.sqrt(np.sum((fits[k] - truths[k]) ** 2) / np.sum(truths[k] ** 2))
    assert accuracy(made, target, Domain(-2.0, 4.0)) == pytest.approx(expected, rel=1e-12)


def test_a_piecewise_linear_network_misses_all_of_the_second_derivative() -> None:
    assert accuracy(network(activation="relu"), Gaussian(), Domain(-2.0, 4.0))["error_d2"] == 1.0


def test_relative_l2() -> None:
    assert relative_l2(np.array([1.0, 1.0]), np.array([1.0, 2.0])) == pytest.approx(1 / np.sqrt(5))
