import math
from math import inf, nan

import pytest

from training.regression.result import TrainingResult
from training.sweeps.results import CellResults, Retry, all_runs, as_csv, summary


def cell(*mses: float, failed: int = 0) -> CellResults:
    runs = [TrainingResult(seed, mse, 0.5, seed < failed) for seed, mse in enumerate(mses)]
    return CellResults({"hidden": "4"}, {0: "run"}, runs, {0: 2.0, 1: 1.0, 2: 3.0})


def test_what_is_known_of_a_cell() -> None:
    found = cell(3.0, 1.0, inf, 2.0, failed=1)
    assert (found.name, found.run_id) == ("hidden=4", "run")
    assert found.errors() == (1, 2, inf)
    assert found.seconds() == (1, 2, 3)
    assert (found.failures().failed, found.failures().trainings) == (1, 4)
    assert found.misses(2.0).failed == 2
    assert (found.may_reach(1.0), found.may_reach(0.5), cell().may_reach(0.5)) == (True, False, True)
    assert all(math.isnan(value) for value in CellResults({}).seconds())


def test_retrying_takes_the_time_of_all_tries_for_each_success() -> None:
    found = cell(3.0, 1.0)
    assert found.predicted_seconds(2.0) == pytest.approx(4)
    assert found.predicted_seconds(0.1) == inf
    assert found.measured_seconds() == inf
    found.retries |= {0: Retry(2.0, 3, True), 1: Retry(4.0, 5, False)}
    assert found.measured_seconds() == 6


def test_tables_have_a_line_for_each_cell_and_each_run() -> None:
    table = summary([cell(1.0, 2.0), cell(3.0, nan)], until=2.0)
    assert table["hidden"] == ["4", "4"]
    assert (table["mse_high"], table["missed_rate"]) == ([2.0, inf], [0.0, 1.0])
    assert "predicted_seconds" not in summary([cell(1.0)], until=None)
    runs = all_runs([cell(1.0, 2.0)])
    assert (runs["seed"], runs["mse"]) == ([0, 1], [1.0, 2.0])
    assert as_csv({"a": [1, 2], "b": ["x", "y"]}) == "a,b\n1,x\n2,y\n"
