"""A fit, judged as a whole; the parts, errors and diagnostics, have files of their own."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.networks import network
from training.data.samples import Samples
from training.evaluation.baselines import fit_baselines
from training.evaluation.fit_evaluation import Evaluation, evaluate_fit
from training.models.networks import posterior_std
from training.regression.methods import METHODS
from training.regression.result import TrainingResult
from training.targets.domain import Domain
from training.targets.named import Target, parse

X = np.linspace(-2, 4, 60)
FUNCTION = parse("sin(x)")
KNOWN = Samples(X, np.sin(X), function=FUNCTION)
MEASURED = Samples(X[::2], np.sin(X[::2]), held_out=Samples(X[1::2], np.sin(X[1::2])))
RESULT = TrainingResult(0, 0.5, 0.1, False, network(), [0.5], "limit")


def judged(samples: Samples, target: Target | None, result: TrainingResult = RESULT) -> Evaluation:
    others = fit_baselines(samples.x, samples.y, Domain(-2, 4))
    return evaluate_fit(target, METHODS["adam"], result, samples, others)


def test_a_known_function_is_the_measure_and_so_for_the_baselines() -> None:
    found = judged(KNOWN, FUNCTION)
    assert {
        "error_d0",
        "error_d1",
        "error_d2",
        "max_error",
        "spline_error_d0",
        "spline_seconds",
    } <= found.metrics.keys()
    assert "validation_rmse" not in found.metrics
    assert found.metrics["error_d0"] > 1e3 * found.metrics["spline_error_d0"]
    assert found.useless in found.warnings
    assert found.useless


def test_data_are_judged_where_samples_are_held_out() -> None:
    found = judged(MEASURED, None)
    assert "error_d1" not in found.metrics
    assert found.metrics["validation_rmse"] > 0
    assert {"spline_error_d0", "spline_parameters"} <= found.metrics.keys()
    assert "error_d1" in judged(MEASURED, FUNCTION).metrics


def test_an_error_that_the_solver_saw_counts_where_it_is_larger() -> None:
    seen = replace(RESULT, findings={"max_error": 99.0})
    assert judged(KNOWN, FUNCTION, seen).metrics["max_error"] == 99
    assert judged(KNOWN, FUNCTION).metrics["max_error"] < 99


def test_a_posterior_says_how_far_it_leaves_the_function_open() -> None:
    with_posterior = network((5,))
    with_posterior.set_log_posterior_std(np.zeros((3, 6)))
    found = judged(KNOWN, FUNCTION, replace(RESULT, network=with_posterior)).metrics
    expected = np.sqrt(np.mean(posterior_std(with_posterior, Domain(-2, 4).midpoints()) ** 2, axis=1))
    assert [found[f"deviation_d{order}"] for order in range(3)] == pytest.approx(expected)
    assert "deviation_d0" not in judged(KNOWN, FUNCTION).metrics


def test_where_derivatives_jump_is_said_with_the_rest() -> None:
    target = parse("abs(x)")
    samples = Samples(X, np.abs(X), function=target)
    assert any("jump" in warning for warning in judged(samples, target).warnings)
