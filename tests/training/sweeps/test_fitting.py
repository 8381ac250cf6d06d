"""What a study makes of a fit, of one variable and of several, by the same words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.models.networks import evaluate
from training.regression.config import FitConfig
from training.sweeps.fitting import Fitting, OfOneVariable, OfSeveralVariables, fitting

ONE = {"target": "sin(x)", "domain": "-2,2", "points": 50}
SEVERAL = {"target": "sin(x)*y; x", "domain": "x:-1,1; y:0,2", "points": 50}


def config(given: dict[str, Any]) -> FitConfig:
    few = {"optimizer": "adam", "hidden": "4", "epochs": 1, "runs": 2, "register_as": "none"}
    return FitConfig.model_validate(given | few)


@pytest.fixture(scope="module", params=[ONE, SEVERAL], ids=["one variable", "several"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Fitting[Any], Any]:
    """A fitting, and the ensemble of what it trained."""
    of = config(request.param)
    made = fitting(of)
    ensemble = made.ensemble()
    for result in made.train(of, tmp_path_factory.mktemp("fit")):
        ensemble.add(result)
    return made, ensemble


def test_the_parameters_say_which_it_is() -> None:
    assert isinstance(fitting(config(ONE)), OfOneVariable)
    assert isinstance(fitting(config(SEVERAL)), OfSeveralVariables)


@pytest.mark.parametrize("columns", [{"y_column": "u"}, {"x_column": "x,y", "y_column": "u"}], ids=["x", "x,y"])
def test_another_seed_holds_out_other_samples(tmp_path: Path, columns: dict[str, str]) -> None:
    table = np.random.default_rng(0).normal(size=(40, 3))
    np.savetxt(tmp_path / "data.csv", table, delimiter=",", header="x,y,u", comments="")
    given = {"data": tmp_path / "data.csv", "optimizer": "evidence", **columns}
    parts = [fitting(FitConfig.model_validate(given | {"seed": seed})).samples.held_out for seed in (0, 1, 1)]
    first, second, again = (np.asarray(part.x) for part in parts if part is not None)
    assert len(first) == 4
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(second, again)


def test_a_result_for_each_seed_with_its_weights_and_errors(trained: tuple[Fitting[Any], Any]) -> None:
    made, ensemble = trained
    assert [result.seed for result in ensemble.results] == [0, 1]
    several = isinstance(made, OfSeveralVariables)
    assert made.weights(ensemble.best.fit) == (4 * 2 + 4 + 4 * 2 + 2 if several else 4 + 4 + 4 + 1)
    names = {"error_value", "error_gradient", "error_hessian"} if several else {"error_d0", "error_d1", "error_d2"}
    assert names <= made.errors(ensemble.best.fit).keys()


def test_mlflow_shows_what_is_learnt_from(trained: tuple[Fitting[Any], Any]) -> None:
    made, _ = trained
    assert made.dataset.digest


def test_figures_are_of_all_and_of_the_best(trained: tuple[Fitting[Any], Any]) -> None:
    made, ensemble = trained
    several = isinstance(made, OfSeveralVariables)
    drawn = made.figures(ensemble)
    assert ("predicted" in drawn) == several
    assert ("members" in drawn) == (not several)
    assert not made.figures(made.ensemble()).keys() - {"members"}


def test_only_one_variable_has_a_curve(tmp_path: Path) -> None:
    of = config(ONE)
    made = fitting(of)
    assert isinstance(made, OfOneVariable)
    first = next(iter(made.train(of, tmp_path)))
    curve = made.curve(first.fit)
    assert curve is not None
    np.testing.assert_array_equal(curve, evaluate(first.fit, made.samples.domain.grid(), 0)[0])
