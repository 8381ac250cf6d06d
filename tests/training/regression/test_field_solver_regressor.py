from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytorch_lightning import Callback

from training.models.field_network import FieldNetwork, evaluate
from training.regression.config import FitConfig
from training.regression.field_sampling import Problem, sample
from training.regression.field_solver_regressor import FieldSolverRegressor
from training.regression.field_trainer import FieldTraining, train_field
from training.regression.trainer import fit_module, quiet_lightning, single_thread
from training.runtime.callbacks import History, LastCheckpoint

PLANE = {"target": "sin(x)*y; x*y**2", "domain": "x:-2,2; y:-1,1", "points": 400, "register_as": "none"}


class Killed(Exception):
    pass


def config(**given: object) -> FitConfig:
    return FitConfig.model_validate(PLANE | {"optimizer": "varpro", "hidden": "8,6", "epochs": 40} | given)


def trained(folder: Path, **given: object) -> tuple[FieldTraining, Problem]:
    of = config(**given)
    problem = sample(of, of.seed)
    (found,) = train_field(of, problem, folder, bar=False)
    return found, problem


@pytest.mark.parametrize("optimizer", ["varpro", "lm"])
@pytest.mark.parametrize("activation", ["tanh", "sin", "gelu"])
def test_a_network_of_a_given_shape(tmp_path: Path, optimizer: str, activation: str) -> None:
    found, problem = trained(tmp_path, optimizer=optimizer, activation=activation)
    assert found.fit.layers.sizes == (2, 8, 6, 2)
    assert found.fit.layers.activation == activation
    assert found.fit.error < (0.01 if optimizer == "varpro" else 0.3)
    assert not found.failed
    fit = evaluate(FieldNetwork(found.fit.layers), problem.held_out.x)[0]
    assert found.mse == pytest.approx(np.mean((fit - problem.held_out.y) ** 2), rel=1e-12)


def test_it_stops_where_nothing_is_gained_and_keeps_the_best(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    np.savetxt(tmp_path / "noise.csv", rows, delimiter=",", header="a,b,c", comments="")
    given = {"data": tmp_path / "noise.csv", "x_column": "a,b", "y_column": "c", "target": None, "domain": None}
    found, _ = trained(tmp_path, **given, hidden="20", epochs=400)
    assert found.stopped == "converged"
    assert len(found.history) < 100
    assert found.fit.error < 3


def test_the_last_iteration_is_the_limit(tmp_path: Path) -> None:
    found, _ = trained(tmp_path, epochs=3)
    assert (found.stopped, len(found.history)) == ("limit", 3)


def test_a_killed_training_ends_with_the_bits_of_a_whole_one(tmp_path: Path) -> None:
    of = config(epochs=12)
    problem = sample(of, of.seed)

    def run(folder: Path, *callbacks: Callback) -> FieldSolverRegressor:
        folder.mkdir(exist_ok=True)
        module = FieldSolverRegressor(of, problem, [0])
        with single_thread(), quiet_lightning():
            fit_module(module, of.epochs, History(), LastCheckpoint(folder / "last.ckpt", 0), *callbacks)
        return module

    with pytest.raises(Killed):
        run(tmp_path / "killed", _killed_after(5))
    whole, resumed = run(tmp_path / "whole"), run(tmp_path / "killed")
    for a, b in zip(whole.network(0).layers.weights, resumed.network(0).layers.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def _killed_after(epochs: int) -> Callback:
    class Kill(Callback):
        def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
            if trainer.current_epoch == epochs:
                raise Killed

    return Kill()
