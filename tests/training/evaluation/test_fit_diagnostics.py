from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.support.networks import network
from training.data.samples import Samples
from training.evaluation.fit_diagnostics import FitDiagnostics, condition, diagnose_fit
from training.regression.methods import METHODS
from training.regression.result import TrainingResult
from training.targets.named import parse

X = np.linspace(-2, 4, 50)
SAMPLES = Samples(X, np.sin(X), function=parse("sin(x)"))
MEASURED = replace(SAMPLES, function=None)
RESULT = TrainingResult(0, 1e-8, 0.1, False, network(), [1.0, 1e-8], "limit")


ERRORS = {"error_d0": 1e-10, "error_d1": 1e-9, "error_d2": 1e-8, "spline_error_d0": 1e-14}


def judged(
    result: TrainingResult = RESULT,
    unseen_rms: float = 1e-4,
    errors: dict[str, float] | None = None,
    samples: Samples = SAMPLES,
    optimizer: str = "adaptive",
) -> FitDiagnostics:
    return diagnose_fit(METHODS[optimizer], result, samples, ERRORS | (errors or {}), unseen_rms)


def test_a_sound_fit_has_no_warning() -> None:
    assert judged().warnings == []
    assert judged(replace(RESULT, stopped="converged")).warnings == []
    # Rounding is all that is left: no step can be found.
    assert judged(replace(RESULT, stopped="stalled", mse=1e-24), 1e-12).warnings == []


@pytest.mark.parametrize(
    ("result", "warning"),
    [
        (replace(RESULT, stopped="early"), "the solver stopped after 2 iterations while the error still fell"),
        (replace(RESULT, stopped="stalled", mse=1e-3), "the solver found no further step at a relative error of"),
    ],
)
def test_what_speaks_against_a_fit(result: TrainingResult, warning: str) -> None:
    (told,) = judged(result).warnings
    assert told.startswith(warning)


@pytest.mark.parametrize(
    ("mse", "unseen_rms", "reason"),
    [
        (0.2, 0.5, "the fit is off by 71% of the function's standard deviation: hardly better than a constant"),
        (1e-12, 0.5, "the fit is off by 71% of the function's standard deviation: hardly better than a constant"),
        (0.01, 0.1, "the fit is off by 14% of the function's standard deviation: the training has failed"),
        (0.003, 0.06, ""),
    ],
)
def test_a_useless_fit(mse: float, unseen_rms: float, reason: str) -> None:
    found = judged(replace(RESULT, mse=mse), unseen_rms)
    assert (found.useless, found.warnings) == (reason, [reason] if reason else [])


def test_data_with_noise_are_not_a_failure() -> None:
    noisy = judged(replace(RESULT, mse=0.04), 0.2, samples=MEASURED)
    assert noisy.useless == ""
    assert judged(replace(RESULT, mse=0.04), 0.98, samples=MEASURED).useless.endswith("hardly better than a constant")


def test_another_approximation_that_is_closer() -> None:
    assert judged(errors={"spline_error_d0": 1e-16}).warnings == []
    (told,) = judged(errors={"error_d2": 0.3, "spline_error_d2": 2e-3}, optimizer="varpro").warnings
    assert told == "a spline of the same samples is closer to the function: f'' 150 times"
    assert judged(errors={"error_d2": 0.3, "spline_error_d2": 0.2}, optimizer="varpro").warnings == []


def test_a_function_that_is_not_resolved() -> None:
    (told,) = judged(errors={"error_d0": 1e-6, "error_d2": 0.2, "error_d1": 1e-3, "spline_error_d0": 1}).warnings
    assert told.startswith("the function is not resolved: relative to their size f by 1e-06, f' by 0.001, f'' by 0.2")


def test_a_place_where_f_is_off() -> None:
    findings = {"max_error_part": 0.02, "max_error_place": 1e-6}
    (told,) = judged(replace(RESULT, findings=findings)).warnings
    assert told == "f is off by up to 0.02 of its largest value near x = 1e-06"
    assert judged(replace(RESULT, findings=findings | {"max_error_part": 1e-9})).warnings == []


def test_an_output_layer_that_magnifies_rounding() -> None:
    made = network()
    with torch.no_grad():
        made.weights[-1].mul_(1e12)
    (told,) = judged(replace(RESULT, network=made)).warnings
    assert told.startswith("the output layer is ill-conditioned: its weights magnify rounding to")


def test_data_of_which_none_were_held_out() -> None:
    (told,) = judged(samples=MEASURED).warnings
    assert told.startswith("no samples were held out")


def test_the_numbers() -> None:
    result = replace(RESULT, noise_std=0.5)
    found = diagnose_fit(METHODS["adaptive"], result, replace(SAMPLES, dropped=3), ERRORS, 1e-4).metrics
    assert (found["noise"], found["dropped_rows"], found["samples"]) == (0.5, 3, 50)
    assert 0 < found["rounding"] < 1e-12


def test_the_condition_is_that_of_the_last_layer() -> None:
    made = network()
    with torch.no_grad():
        features = made.features(torch.from_numpy(X), 0)[0]
    matrix = np.column_stack([features.numpy(), np.ones(len(X))])
    assert condition(made, X) == pytest.approx(min(np.linalg.cond(matrix), 1 / np.finfo(float).eps), rel=1e-6)
    with torch.no_grad():
        made.weights[-2].zero_()
    assert condition(made, X) == pytest.approx(1 / np.finfo(float).eps)
