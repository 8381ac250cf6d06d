from math import nan

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

from tests.benchmarks.approximations import CONTENDERS, HIDDEN, Result, Task, with_weights
from tests.benchmarks.precision import COMPARED, TARGETS, Measurements, beside_goal, number, report, tasks
from training.models.networks import Scaling, evaluate


def test_numbers_have_two_digits() -> None:
    assert [number(1.234e-9), number(4.9e-15), number(0.123), number(1.5)] == ["1.2e-9", "4.9e-15", "0.12", "1.5"]


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        ((1e-9, 3e-9), "1.0e-9 / 3.0e-9 (goal 2e-9 / 4e-9)"),
        ((1e-9, 5e-9), "1.0e-9 / 5.0e-9 (missed 2e-9 / 4e-9)"),
        ((nan, 1e-9), "nan / 1.0e-9 (missed 2e-9 / 4e-9)"),
    ],
)
def test_a_goal_that_is_missed_says_so(found: tuple[float, float], cell: str) -> None:
    assert beside_goal(found, (2e-9, 4e-9)) == cell


def test_every_contender_is_measured() -> None:
    assert {task.contender for task in tasks(TARGETS, 2)} == set(CONTENDERS)


def test_the_report_has_the_worst_target_and_the_same_columns_in_every_row_of_a_table() -> None:
    results = {task: Result((1e-9,) * 5, 1_021, 1.0, 0.01, (0.95,) * 3) for task in tasks(TARGETS, 3)}
    results[Task("varpro 30,30", "psi_2", 10_001, seed=1)] = Result((1e-9, 1e-9, 5e-7, 1e-9, 1e-9), 1_021, 7.0)
    served = {(hidden, target): ((1e-9,) * 3, (2e-9,) * 3) for hidden in HIDDEN for target in COMPARED}
    text = report(Measurements(TARGETS, 3, results, served))
    assert "| 1.0e-9 / 5.0e-7 (missed 5e-9 / 1e-8) | 1.0e-9 / 1.0e-9 | 1.0e-9 / 1.0e-9 | 1 / 7 |" in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({row.count("|") for row in block.splitlines()}) == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learn_is_judged_by_the_function_that_it_has_fitted() -> None:
    x, scaling = np.linspace(-5, 5, 50), Scaling(0.0, 5.0, 2.0, 3.0)
    model = MLPRegressor(hidden_layer_sizes=(7, 6), activation="tanh", max_iter=3).fit(x[:, None] / 5, np.sin(x))
    expected = 2 + 3 * model.predict(x[:, None] / 5)
    np.testing.assert_allclose(evaluate(with_weights(model, scaling), x, 0)[0], expected, rtol=0, atol=1e-13)
