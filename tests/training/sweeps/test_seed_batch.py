import numpy as np
import pytest

from training.regression.config import FitConfig
from training.sweeps.seed_batch import SeedBatch, cut, train_seed_batch

CONFIG = FitConfig(points=101, hidden=(4,), optimizer="lm", epochs=3, runs=3, seed=5)


def test_runs_are_cut_into_parts_with_seeds_of_their_own() -> None:
    assert [(part.seed, part.runs) for part in cut(CONFIG, 2)] == [(5, 2), (7, 1)]
    assert [part.seed for part in cut(CONFIG, 50)] == [5]


def test_runs_together_are_those_alone_with_what_is_asked_for() -> None:
    together = train_seed_batch(SeedBatch(CONFIG, errors=True, curves=True))
    alone = train_seed_batch(SeedBatch(CONFIG, alone=True))
    assert [result.seed for result in together] == [result.seed for result in alone] == [5, 6, 7]
    assert [result.mse for result in together] == [result.mse for result in alone]
    assert all(result.network is None for result in together)
    assert all(result.errors["error_d0"] < 1 and result.curve is not None for result in together)
    assert all(not result.errors and result.curve is None for result in alone)


def test_of_tries_the_last_is_the_first_that_succeeds() -> None:
    first, *_ = train_seed_batch(SeedBatch(CONFIG.model_copy(update={"runs": 1})))
    tried = CONFIG.model_copy(update={"runs": 1, "retry_until": 2 * first.mse})
    (found,) = train_seed_batch(SeedBatch(tried, alone=True))
    assert found.mse == pytest.approx(first.mse)
    assert np.isfinite(found.seconds)
