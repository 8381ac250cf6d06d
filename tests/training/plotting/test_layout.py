"""How axes are placed; how figures look is test_gallery.py's."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from training.plotting.style import finish, legend, new


def drawn(figure: Figure) -> tuple[list[Bbox], list[Bbox], Bbox]:
    """The axes, all that is drawn of each, and the legend."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    (beneath,) = figure.legends
    whole = [bounds for axes in figure.axes if (bounds := axes.get_tightbbox())]
    return [axes.bbox for axes in figure.axes], whole, beneath.get_window_extent()


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (3, 1), (2, 3)])
@pytest.mark.parametrize("largest", [1.0, -1.23456e-7, 1e250])
def test_nothing_is_cut_off_or_drawn_over_another(columns: int, rows: int, largest: float) -> None:
    figure, every = new(columns, rows=rows)
    for place, axes in enumerate(every):
        axes.plot([0.0, 1.0], [0.0, largest], label=f"curve {place}" * 3)
        finish(axes, "a title of several lines " * (1 + place), "x", "f(x)")
    legend(figure)
    inner, outer, beneath = drawn(figure)
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in outer)
    assert all(beneath.y1 <= box.y0 for box in outer)
    assert beneath.y0 >= 0
    assert not any(Bbox.intersection(a, b) for i, a in enumerate(outer) for b in outer[:i])
    # All alike, and as large as what is beside them lets them be.
    assert len({(round(box.width), round(box.height)) for box in inner}) == 1
    assert sum(box.width for box in outer[:columns]) > 0.7 * figure.bbox.width


def test_axes_stay_where_labels_leave_no_room() -> None:
    figure, (axes,) = new(width=1.0, height=1.0)
    finish(axes, "a title", "x", "a label that is much longer than the figure is high and wide")
    axes.set_yticks([0.5], ["a word that is as wide as two of these figures"])
    axes.plot([0.0, 1.0], label="curve")
    legend(figure)
    before = axes.get_position().bounds
    drawn(figure)
    assert axes.get_position().bounds == before
