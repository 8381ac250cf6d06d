"""The regressor by itself; what it finds is in tests/training/surrogates, and beside others in tests/benchmarks."""

from collections.abc import Iterator

import pytest

from tests.support.fields import layers
from training.regression.config import FitConfig
from training.regression.field_regressor import Candidate, FieldRegressor
from training.regression.field_sampling import Problem, sample

PLANE = {"target": "x*y", "domain": "x:-1,1; y:-1,1", "points": 60, "register_as": "none"}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return sample(FitConfig.model_validate(PLANE), seed=0)


def regressor(problem: Problem, errors: list[float]) -> tuple[FieldRegressor, list[float]]:
    """One whose fits have these errors, and those that were made so far."""
    made: list[float] = []

    def fits() -> Iterator[Candidate]:
        for error in errors:
            made.append(error)
            yield Candidate(layers((2, 3, 1)), error, "varpro")

    module = FieldRegressor(FitConfig.model_validate(PLANE), problem, [7])
    module._fits = fits()
    return module, made


def test_the_best_is_the_one_with_the_lowest_error_where_no_fit_has_seen_samples(problem: Problem) -> None:
    module, _ = regressor(problem, [0.3, 0.1, 0.2])
    module.stopped = "converged"
    assert (module.network(7).error, module.seeds) == (0.1, [7])
    assert module.final_errors().keys() == {7}


def test_fits_are_made_when_they_are_asked_for(problem: Problem) -> None:
    module, made = regressor(problem, [0.3, 0.1])
    assert made == []
    assert module.training_step(None, 0)["mse"].keys() == {7}
    assert made == [0.3]


def test_a_function_is_fitted_by_features_that_are_placed(problem: Problem) -> None:
    module = FieldRegressor(FitConfig.model_validate(PLANE), problem, [0])
    first = next(module._fits)
    assert (first.method, first.evident, first.noise_std) == ("adaptive", None, None)
