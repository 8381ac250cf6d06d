from pathlib import Path
from typing import Any

import pytest

from training.errors import TrainingDiverged
from training.regression.config import FitConfig
from training.regression.field_sampling import Problem, sample
from training.regression.field_trainer import FieldTraining, train_field

PLANE = {"target": "x+y**2", "domain": "x:-1,1; y:-1,1", "points": 100, "register_as": "none"}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return sample(FitConfig.model_validate(PLANE), seed=0)


def trained(problem: Problem, folder: Path, **given: Any) -> list[FieldTraining]:
    return list(train_field(FitConfig.model_validate(PLANE | given), problem, folder, bar=False))


def test_a_network_for_each_seed_one_after_the_other(problem: Problem, tmp_path: Path) -> None:
    found = trained(problem, tmp_path, optimizer="varpro", hidden="3", epochs=2, seed=5, runs=2)
    assert [(result.seed, len(result.history), result.fit.method) for result in found] == [
        (5, 2, "varpro"),
        (6, 2, "varpro"),
    ]
    assert found[0].mse != found[1].mse


def test_units_that_are_given_are_kept_and_others_are_found(problem: Problem, tmp_path: Path) -> None:
    (given,) = trained(problem, tmp_path, optimizer="adam", hidden="4,3", epochs=1)
    assert given.fit.layers.sizes == (2, 4, 3, 1)
    (found,) = trained(problem, tmp_path / "found", optimizer="adaptive")
    assert len(found.fit.layers.sizes) == 3
    assert found.stopped == "converged"


def test_where_all_seeds_diverge_it_raises(problem: Problem, tmp_path: Path) -> None:
    given = {"optimizer": "sgd", "hidden": "20", "epochs": 3, "activation": "softplus", "dtype": "float64"}
    with pytest.raises(TrainingDiverged, match="the loss became"):
        trained(problem, tmp_path, **given, learning_rate=1e300)
