"""What the figures of a study show of its cells; how they look is tests/training/plotting/test_gallery.py's."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text

from training.regression.result import TrainingResult
from training.sweeps.plots import figures
from training.sweeps.results import CellResults, Retry


def cell(varied: dict[str, str], mses: list[float], failed: int = 0, alone: bool = True) -> CellResults:
    runs = [TrainingResult(seed, mse, 0.5, seed < failed) for seed, mse in enumerate(mses)]
    return CellResults(varied, {0: "run"}, runs, {0: 2.0, 1: 1.0, 2: 3.0} if alone else {})


def named(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_is_drawn_where_it_is_known() -> None:
    cells = [cell({"hidden": value}, [1.0, 2.0]) for value in ("5", "10")]
    assert list(figures(cells, "gaussian", None)) == ["difference", "failure_rate", "time"]
    untimed = [cell({"hidden": value}, [1.0], alone=False) for value in ("5", "10")]
    assert list(figures(untimed, "gaussian", None)) == ["difference", "failure_rate"]
    for one in cells:
        one.retries |= {0: Retry(2.0, 3, True)}
    assert list(figures(cells, "gaussian", until=1.5)) == ["difference", "failure_rate", "time", "retry"]


def test_medians_lie_over_the_values_of_the_first_parameter() -> None:
    cells = [cell({"hidden": value}, [1.0, 3.0, 2.0]) for value in ("5", "10", "20")]
    (axes,) = figures(cells, "gaussian", None)["difference"].axes
    points, medians = axes.lines
    np.testing.assert_array_equal(medians.get_xydata(), [[5, 2], [10, 2], [20, 2]])
    assert len(np.asarray(points.get_xydata())) == 9
    assert (axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()) == ("log", "width", "mean squared error")
    assert axes.get_title() == "Mean squared error against width, gaussian, 3 seeds"


def test_words_stand_in_their_order_with_nothing_between_them() -> None:
    cells = [cell({"activation": value}, [1.0, 2.0]) for value in ("tanh", "sin")]
    (axes,) = figures(cells, "gaussian", None)["difference"].axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["tanh", "sin"]
    assert axes.lines[-1].get_linestyle() == "None"


def ticks(count: int) -> list[Text]:
    cells = [cell({"target": f"sin({place}*x) + exp(-x**2)*cos(x)*cosh(x)"}, [1.0]) for place in range(count)]
    figure = figures(cells, "functions", None)["difference"]
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return figure.axes[0].get_xticklabels()


def test_words_that_do_not_fit_beside_each_other_are_upright_and_a_hundred_are_counted() -> None:
    for count in (8, 40):
        shown = ticks(count)
        boxes = [label.get_window_extent() for label in shown]
        assert [label.get_text() for label in shown] == [
            f"sin({place}*x) + exp(-x**2)*cos(x)*cosh(x)"[:29] + "…" for place in range(count)
        ]
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
        assert min(box.y0 for box in boxes) > 0
    shown = ticks(100)
    assert [label.get_text() for label in shown if 1 <= label.get_position()[0] <= 100] == [
        "20",
        "40",
        "60",
        "80",
        "100",
    ]


def test_a_second_parameter_has_a_colour_for_each_value() -> None:
    cells = [cell({"hidden": h, "batch_size": b}, [1.0]) for h in ("5", "10") for b in ("50", "200")]
    figure = figures(cells, "gaussian", None)["difference"]
    assert named(figure) == ["one training each, batch size 50", "one training each, batch size 200"]
    assert len({line.get_color() for line in figure.axes[0].lines}) == 2


@pytest.mark.parametrize(("failed", "rate"), [(0, 0.0), (1, 0.25), (4, 1.0)])
def test_failure_rates_are_points_between_0_and_1(failed: int, rate: float) -> None:
    cells = [cell({"hidden": value}, [1.0] * 4, failed) for value in ("5", "10")]
    (axes,) = figures(cells, "gaussian", None)["failure_rate"].axes
    (bars,) = axes.containers
    assert isinstance(bars, ErrorbarContainer)
    assert bars.lines[0] is not None
    np.testing.assert_array_equal(bars.lines[0].get_ydata(), [rate, rate])
    low, high = axes.get_ylim()
    assert low < 0 < 1 < high
