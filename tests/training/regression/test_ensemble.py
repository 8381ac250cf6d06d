from math import inf, isinf

import numpy as np
import pytest

from tests.support.networks import network
from training.models.networks import evaluate
from training.regression.ensemble import Ensemble, on_grid
from training.regression.result import TrainingResult
from training.regression.sampling_config import STUDY_DOMAIN


def member(seed: int, mse: float) -> TrainingResult:
    return TrainingResult(seed, mse, 0.5, mse > 0.25, None if isinf(mse) else network(seed=seed))


def test_the_best_is_kept_and_the_errors_of_all() -> None:
    members = Ensemble(on_grid(STUDY_DOMAIN))
    for seed, mse in enumerate([0.3, 0.1, inf, 0.2]):
        members.add(member(seed, mse))
    assert (members.best.seed, members.best.mse) == (1, 0.1)
    assert [result.mse for result in members.results] == [0.3, 0.1, inf, 0.2]
    assert members.metrics() == pytest.approx({"seconds": 2.0, "mse_median": 0.2, "diverged": 1})
    table = members.table()
    assert (table["seed"], table["seconds"]) == ([0, 1, 2, 3], [0.5] * 4)
    x = np.linspace(-5, 5, 1_001)
    for curve, seed in zip(members.curves, (0, 1, 3), strict=True):
        np.testing.assert_array_equal(curve, evaluate(network(seed=seed), x, 0)[0])


def test_a_single_run_has_no_statistics() -> None:
    members = Ensemble(on_grid(STUDY_DOMAIN))
    members.add(member(0, 0.3))
    assert members.metrics() == {"seconds": 0.5}
