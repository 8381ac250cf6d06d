"""Figures of outcomes that are given: what is drawn, what is said of it, and the rows of the table."""

from collections.abc import Sequence
from math import inf

import numpy as np
import pytest
from matplotlib.figure import Figure

from training.regression.result import TrainingResult
from training.reproduction.drawings import Row, Shown, draw
from training.reproduction.figures import (
    Differences,
    ManyFits,
    OneFit,
    Parameter,
    SquaredDifference,
    Times,
    TimesOfRuns,
    varied,
)
from training.reproduction.needs import Budget, Need, setting
from training.reproduction.results import Results, truth, variance
from training.reproduction.statistics import Spread

BUDGET = Budget(seeds=3, many=3, repeats=2, few=2, stride=2, time_stride=2)
SETTING = setting(4, 6, 10, points=101)
X, FUNCTION = truth(SETTING)


def outcome(seed: int, mse: float, off: float = 0.0, seconds: float = 1.0) -> TrainingResult:
    """A fit that is so far off everywhere, and whose difference halved with each epoch."""
    history = [mse * 2.0**epoch for epoch in reversed(range(60))]
    return TrainingResult(seed, mse, seconds, mse > 1, history=history, curve=FUNCTION + off)


def results(*found: tuple[Need, Sequence[TrainingResult]]) -> Results:
    return Results(BUDGET, {BUDGET.needed(need): outcomes for need, outcomes in found})


def lines(shown: Shown) -> dict[str, np.ndarray]:
    """The y of what is drawn, by its label."""
    assert isinstance(shown.figure, Figure)
    (axes,) = shown.figure.axes
    return {str(line.get_label()): np.asarray(line.get_ydata(), float) for line in axes.lines}


def test_a_fit_lies_over_the_function_and_its_time_beside_the_study_s() -> None:
    need = Need(SETTING, 1, 1)
    found = draw(OneFit(SETTING, study_seconds=77), results((need, [outcome(0, 4.0, off=2.0, seconds=1.5)])))
    drawn = lines(found)
    assert len(drawn) == 2
    for curve, expected in zip(drawn.values(), (FUNCTION, FUNCTION + 2), strict=True):
        np.testing.assert_array_equal(curve, expected)
    part = 100 * 2 / variance(SETTING) ** 0.5
    assert found.measured.startswith(f"difference 4 ({part:.0f}")
    assert found.measured.endswith("trained in 1.5 s (the study: 77 s)")
    assert [(row.quantity, row.spread.median) for row in found.rows] == [("difference", 4.0), ("seconds", 1.5)]
    untimed = draw(OneFit(SETTING), results((Need(SETTING, 1), [outcome(0, 4.0, seconds=1.5)])))
    assert [row.quantity for row in untimed.rows] == ["difference"]
    assert "trained in" not in untimed.measured


def test_of_many_fits_those_that_failed_are_told_apart_and_counted() -> None:
    found = draw(ManyFits(SETTING), results((Need(SETTING, 3), [outcome(0, 0.1), outcome(1, inf), outcome(2, 0.3)])))
    assert {"fits, one training each", "failed, one training each"} <= lines(found).keys()
    assert found.rows == [Row(None, "difference", 3, Spread.of([0.1, inf, 0.3]), 1)]
    assert found.measured.startswith("failed: 1 of 3 (")
    two = draw(ManyFits(SETTING, runs=2), results((Need(SETTING, 3), [outcome(s, 0.1) for s in range(3)])))
    assert two.rows[0].runs == 2


def test_the_squared_difference_is_that_of_each_point() -> None:
    found = draw(SquaredDifference(SETTING), results((Need(SETTING, 1), [outcome(0, 0.25, off=0.5)])))
    (squares,) = (y for y in lines(found).values() if y.size == X.size)
    np.testing.assert_allclose(squares, 0.25)
    assert found.measured.startswith("largest 0.25, at x = ")


@pytest.mark.parametrize("parameter", ["hidden", "batch_size"])
def test_differences_have_a_row_for_each_value_that_the_budget_takes(parameter: Parameter) -> None:
    """Every second of them, and the last."""
    drawn = Differences(SETTING, parameter, (10, 20, 30, 40))
    errors = {10: (0.1, 0.2, 0.3), 30: (0.01, 0.02, 3.0), 40: (0.2, 0.2, 0.2)}
    given = [
        (Need(varied(SETTING, parameter, value), 3), [outcome(seed, mse) for seed, mse in enumerate(each)])
        for value, each in errors.items()
    ]
    found = draw(drawn, results(*given))
    rows = [(row.value, row.spread.median, row.failed) for row in found.rows]
    assert rows == [(10, 0.2, 0), (30, 0.02, 1), (40, 0.2, 0)]
    np.testing.assert_allclose(lines(found)["median of 3 seeds"], [0.2, 0.02, 0.2])
    # The first, the lowest and the last.
    assert found.measured.count(";") == 2


def test_differences_against_epochs_are_those_after_each_of_the_longest_training() -> None:
    drawn = Differences(setting(200, 6, 10, points=101), "epochs", (1, 2, 40))
    found = draw(drawn, results((Need(drawn.longest, 2), [outcome(seed, mse) for seed, mse in enumerate((1.0, 3.0))])))
    assert [row.value for row in found.rows] == [1, 2, 40]
    for row, left in zip(found.rows, (59, 58, 20), strict=True):
        assert row.spread == Spread.of([2.0**left, 3 * 2.0**left])


@pytest.mark.parametrize("by_run", [False, True])
def test_times_are_drawn_together_or_by_run(by_run: bool) -> None:
    drawn = Times(SETTING, "epochs", (5, 6, 7), by_run)
    given = [
        (
            Need(varied(SETTING, "epochs", value), 1, 2),
            [outcome(0, 0.1, seconds=value * factor) for factor in (1, 2, 4)],
        )
        for value in (5, 7)
    ]
    found = draw(drawn, results(*given))
    assert [(row.value, row.quantity, row.runs, row.failed) for row in found.rows] == [
        (5, "seconds", 3, None),
        (7, "seconds", 3, None),
    ]
    if by_run:
        np.testing.assert_array_equal(lines(found)["run 3"], [20, 28])
    else:
        np.testing.assert_array_equal(lines(found)["median of 3"], [10, 14])


def test_each_run_has_its_time() -> None:
    timed = [outcome(0, 0.1, seconds=1.0), outcome(0, 0.1, seconds=9.0), outcome(1, 0.1, seconds=2.0)]
    found = draw(TimesOfRuns(SETTING), results((Need(SETTING, 2, 2), timed)))
    drawn = lines(found)
    assert len(drawn["one training"]) == found.rows[0].runs == 2
    assert set(drawn["median"]) == {drawn["one training"].mean()}


def test_a_figure_is_sent_as_its_file() -> None:
    shown = draw(OneFit(SETTING), results((Need(SETTING, 1), [outcome(0, 0.1)])))
    sent = shown.as_file()
    assert sent.figure == sent.png == shown.png
    assert sent.png.startswith(b"\x89PNG")
    assert (sent.caption, sent.rows) == (shown.caption, shown.rows)


def test_what_is_no_figure_is_refused() -> None:
    with pytest.raises(TypeError, match="nothing draws 7"):
        draw(7, results())
