"""What holds of every figure, of whatever kind: see `make figures`."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from tests.support.gallery import gallery
from training.plotting.style import SERIES


@pytest.fixture(scope="module")
def drawn() -> dict[str, Figure]:
    figures = dict(gallery())
    for figure in figures.values():
        figure.draw_without_rendering()
    return figures


def axes_of(figures: dict[str, Figure]) -> Iterator[tuple[str, Axes]]:
    """All that have a scale; pictures have none, and a bar of colours has but one."""
    for name, figure in figures.items():
        yield from ((name, axes) for axes in figure.axes if axes.axison and not is_bar(axes))


def is_bar(axes: Axes) -> bool:
    return axes.get_label() == "<colorbar>"


def plain(text: str) -> bool:
    """Whether it has no parameter's or metric's name in it."""
    return re.search(r"[a-z]_[a-z]", text) is None


def test_axes_say_what_they_show(drawn: dict[str, Figure]) -> None:
    for name, axes in axes_of(drawn):
        texts = (axes.get_title(), axes.get_xlabel(), axes.get_ylabel())
        assert all(texts), (name, texts)
        assert all(map(plain, texts)), (name, texts)
    bars = {axes.get_ylabel() for figure in drawn.values() for axes in figure.axes if is_bar(axes)}
    assert bars == {"f", "|fit - f|"}
    of_data = [axes for name, axes in axes_of(drawn) if name.startswith("errors-fit")]
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in of_data] == [("time (s)", "current (mA)")]


def test_titles_are_whole_and_within_the_figure(drawn: dict[str, Figure]) -> None:
    for name, axes in axes_of(drawn):
        box, figure = axes.title.get_window_extent(), axes.get_figure(root=True)
        assert figure is not None
        assert box.x0 >= 0, name
        assert box.x1 <= figure.bbox.width, name
        assert "…" not in axes.get_title(), name


def kinds(axes: Axes) -> set[str]:
    """The labels of what is drawn; a line that only guides the eye, as at zero, has none."""
    return set(axes.get_legend_handles_labels()[1])


def test_a_legend_names_all_that_is_drawn_and_covers_nothing(drawn: dict[str, Figure]) -> None:
    for name, figure in drawn.items():
        labels = set[str]().union(*map(kinds, figure.axes))
        several = any(len(artists(axes)) > 1 for axes in figure.axes if not is_bar(axes))
        if not several:
            continue
        (legend,) = figure.legends
        shown = [text.get_text() for text in legend.get_texts()]
        assert sorted(shown) == sorted(labels), name
        box = legend.get_window_extent()
        assert box.x0 >= 0, name
        assert box.x1 <= figure.bbox.width, name
        assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes), name


def test_whatever_has_a_colour_of_its_own_is_in_the_legend(drawn: dict[str, Figure]) -> None:
    for name, axes in axes_of(drawn):
        labelled = {to_hex(colour) for artist in artists(axes) if is_named(artist) for colour in colours(artist)}
        every = {to_hex(colour) for artist in artists(axes) for colour in colours(artist)}
        if len(artists(axes)) > 1:
            assert not {colour for colour in every - labelled if not is_grey(colour)}, name


def artists(axes: Axes) -> list[Any]:
    return [*axes.lines, *axes.collections, *axes.containers]


def is_named(artist: Any) -> bool:
    return not str(artist.get_label()).startswith("_")


def colours(artist: Any) -> list[Any]:
    if isinstance(artist, ErrorbarContainer):
        return colours(artist.lines[0]) if artist.lines[0] else [c for bar in artist.lines[2] for c in colours(bar)]
    if isinstance(artist, PathCollection | PolyCollection):
        return [colour[:3] for colour in np.atleast_2d(artist.get_facecolor())]
    if hasattr(artist, "get_color"):
        found = artist.get_color()
        return [found] if isinstance(found, str) else [colour[:3] for colour in np.atleast_2d(found)]
    return []


def is_grey(colour: str) -> bool:
    return len(set(to_rgb(colour))) == 1


def test_colours_are_of_the_palette(drawn: dict[str, Figure]) -> None:
    palette = {to_hex(colour) for colour in SERIES}
    for name, axes in axes_of(drawn):
        for artist in artists(axes):
            for colour in map(to_hex, colours(artist)):
                assert colour in palette or is_grey(colour), (name, colour)


def test_nothing_is_empty(drawn: dict[str, Figure]) -> None:
    for name, figure in drawn.items():
        assert figure.axes, name
        for axes in figure.axes:
            assert axes.lines or axes.collections or axes.patches or axes.images or not axes.axison, name
            for line in axes.lines:
                if is_named(line):
                    assert np.isfinite(np.asarray(line.get_ydata(), float)).any(), (name, line.get_label())


def test_integers_have_integers_as_ticks(drawn: dict[str, Figure]) -> None:
    counted = {"study-difference", "study_grid-time", "report-24", "report-29", "report-33", "report-35"}
    for name in counted:
        (axes,) = drawn[name].axes
        low, high = axes.get_xlim()
        assert all(float(tick).is_integer() for tick in axes.get_xticks() if low <= tick <= high), name
    for axes in drawn["classifier-weights"].axes:
        assert all(float(tick).is_integer() for tick in axes.get_yticks())


def labels(drawn: dict[str, Figure], name: str) -> list[str]:
    return [text.get_text() for legend in drawn[name].legends for text in legend.get_texts()]


def test_intervals_are_bars_with_their_level(drawn: dict[str, Figure]) -> None:
    """A rate of 0 of 20 is a point with a bar that goes up."""
    (axes,) = drawn["study-failure_rate"].axes
    (bars,) = axes.containers
    assert isinstance(bars, ErrorbarContainer)
    assert labels(drawn, "study-failure_rate") == ["rate, 95 % interval"]
    *_, (_, last) = bars.lines[2][0].get_segments()
    assert bars.lines[0] is not None
    assert np.asarray(bars.lines[0].get_ydata())[-1] == 0
    assert round(last[1], 3) == 0.161  # Wilson: 1.96² / (20 + 1.96²)
    assert "test pictures (50), 95 % interval" in labels(drawn, "classifier-cats")


def test_bands_say_of_how_many_and_three_times_are_points(drawn: dict[str, Figure]) -> None:
    assert labels(drawn, "study-difference") == ["one training", "10 to 90 % of 20", "median of 20"]
    assert labels(drawn, "report-24")[1:] == ["10 to 90 % of 5 seeds", "median of 5 seeds"]
    for name in ("study-time", "report-29"):
        (axes,) = drawn[name].axes
        assert not axes.collections
        assert labels(drawn, name) == ["one training", "median of 3"]


def test_samples_have_their_errors_and_those_held_out_are_told_apart(drawn: dict[str, Figure]) -> None:
    told = ["held-out samples ± standard error", "samples ± standard error"]
    assert set(told) < set(labels(drawn, "errors-fit"))
    assert drawn["errors-comparison"].axes[0].get_ylabel() == "residual / standard error"
    assert {"held-out samples", "samples"} < set(labels(drawn, "data-fit"))


def test_the_function_lies_wide_and_pale_beneath_its_fit(drawn: dict[str, Figure]) -> None:
    for name in ("function-fit", "solver-overview", "report-12", "derivatives-both_1"):
        function, fit = drawn[name].axes[0].lines
        assert function.get_linewidth() > 3 * fit.get_linewidth()
        assert min(to_rgb(function.get_color())) > 0.7
        assert function.get_zorder() <= fit.get_zorder()


def test_a_constant_is_drawn_as_one(drawn: dict[str, Figure]) -> None:
    """And not the rounding of it."""
    for name in ("line-derivative_1", "line-derivative_2", "several-cuts"):
        axes = drawn[name].axes[0]
        low, high = axes.get_ylim()
        assert high - low > 1e-5
