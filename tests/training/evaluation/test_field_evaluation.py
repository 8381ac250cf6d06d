from dataclasses import replace

import numpy as np
import pytest

from training.data.box import Box
from training.evaluation.field_evaluation import evaluate_fit, fit_baselines
from training.evaluation.fit_evaluation import Evaluation
from training.regression.config import FitConfig
from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem, sample
from training.surrogates import scattered
from training.surrogates.placed import fits
from training.surrogates.samples import FieldSamples


def evaluated(target: str, points: int, most: int) -> Evaluation:
    problem = sample(FitConfig.parse([f"--target={target}", "--domain=x:-1,1; y:-1,1", f"--points={points}"]), seed=0)
    *_, best = fits(problem.samples, problem.held_out, problem.box, seed=0, most=most)
    return evaluate_fit(Candidate(best.layers, best.score, "adaptive"), problem, fit_baselines(problem))


def test_a_function_that_is_resolved_has_no_warning() -> None:
    found = evaluated("sin(x)*y", 1_000, 250)
    assert (found.warnings, found.useless) == ([], "")
    assert found.metrics["error_value"] < found.metrics["rbf_error_value"]
    assert found.metrics["error_value"] < found.metrics["quadratic_error_value"]


def test_a_fit_that_is_hardly_better_than_a_constant() -> None:
    found = evaluated("sin(40*x)*sin(40*y)", 1_000, 250)
    assert found.metrics["error_value"] > 0.5
    assert found.useless.endswith("hardly better than a constant")
    assert any(warning.startswith("the function is not resolved: ") for warning in found.warnings)


@pytest.mark.parametrize("target", ["abs(x-y/3)", "atan(50*(x+y))"])
def test_a_function_that_is_not_resolved_says_so(target: str) -> None:
    found = evaluated(target, 2_000, 500)
    assert any(warning.startswith("the function is not resolved: ") for warning in found.warnings)
    assert found.useless == ""


def test_a_baseline_that_is_closer() -> None:
    """A polynomial of the second degree is one exactly."""
    found = evaluated("x*y+x**2", 40, 15)
    assert any(warning.startswith("a quadratic polynomial of the same samples is ") for warning in found.warnings)


def test_few_samples_held_out_that_are_alike_condemn_no_fit() -> None:
    """Three noisy values of a plane that lie beside each other have no spread but the noise."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1, 1, (100, 2)), rng.normal(0, 0.01, (3, 2))])
    samples = FieldSamples(x, (x.sum(axis=1, keepdims=True) + rng.normal(0, 0.05, (103, 1)),))
    box = Box.around(("x", "y"), x)
    problem = Problem(box, samples.take(np.arange(100)), samples.take(np.arange(100, 103)))
    best = scattered.fit(problem.samples, box, method="evidence")
    candidate = Candidate(best.layers, 1.0, best.method)
    assert evaluate_fit(candidate, problem, []).useless == ""
    noise = replace(problem, held_out=FieldSamples(x[:50], (rng.normal(size=(50, 1)),)))
    assert evaluate_fit(candidate, noise, []).useless.endswith("hardly better than a constant")
