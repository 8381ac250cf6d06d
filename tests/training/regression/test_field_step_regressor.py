from typing import Any

import numpy as np
import pytest

from tests.support.rounding import assert_close
from training.models.field_network import FieldNetwork, evaluate
from training.regression.config import FitConfig
from training.regression.field_sampling import Problem, sample
from training.regression.field_step_regressor import FieldStepRegressor

PLANE = {"target": "7+3*x; y", "domain": "x:2,6; y:-1,1", "points": 64, "register_as": "none", "optimizer": "adam"}


def config(**given: Any) -> FitConfig:
    return FitConfig.model_validate(PLANE | {"hidden": "5", "epochs": 1} | given)


@pytest.fixture(scope="module")
def problem() -> Problem:
    return sample(config(), seed=0)


def test_inputs_are_scaled_to_the_domain_and_outputs_to_the_samples(problem: Problem) -> None:
    scaling = FieldStepRegressor(config(), problem, [0]).network(0).layers.scaling
    np.testing.assert_allclose(scaling.x_center, [4, 0])
    np.testing.assert_allclose(scaling.x_scale, [2, 1])
    np.testing.assert_allclose(scaling.y_center, problem.samples.y.mean(axis=0))
    np.testing.assert_allclose(scaling.y_scale, problem.samples.y.std(axis=0))


def test_unless_they_are_not(problem: Problem) -> None:
    scaling = FieldStepRegressor(config(standardise=False), problem, [0]).network(0).layers.scaling
    assert [each.tolist() for each in (scaling.x_center, scaling.x_scale, scaling.y_center, scaling.y_scale)] == [
        *([0, 0], [1, 1]),
        *([0, 0], [1, 1]),
    ]


def test_each_seed_has_its_own_network_and_error(problem: Problem) -> None:
    module = FieldStepRegressor(config(), problem, [0, 4])
    errors = module.errors()
    assert errors.keys() == {0, 4}
    for seed, error in errors.items():
        candidate = module.network(seed)
        assert (candidate.method, candidate.layers.sizes) == ("adam", (2, 5, 2))
        fit = evaluate(FieldNetwork(candidate.layers), problem.held_out.x)[0]
        assert_close(error, np.mean((fit - problem.held_out.y) ** 2), roundings=10)
    assert errors[0] != errors[4]
