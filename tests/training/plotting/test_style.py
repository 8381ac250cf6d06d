"""What all figures have in common."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from training.plotting.style import (
    FIT,
    FUNCTION,
    SERIES,
    derivative_of,
    finish,
    legend,
    new,
    number_ticks,
    semilogy,
)


def test_one_legend_for_all_axes_that_covers_none_of_them() -> None:
    figure, panels = new(2)
    for axes in panels:
        axes.plot([0, 1], [0, 1], **FUNCTION)
        axes.plot([0, 1], [0, 1], **FIT)
        finish(axes, "title", "time", "volt")
    legend(figure)
    (made,) = figure.legends
    assert [text.get_text() for text in made.get_texts()] == ["function", "fit"]
    figure.draw_without_rendering()
    for axes in panels:
        box = axes.get_tightbbox()
        assert box is not None
        assert not made.get_window_extent().overlaps(box)
        assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("time", "volt", "title")


@pytest.mark.parametrize("labels", [["a" * 60, "b" * 60, "c"], [f"{i}: a label of a series" for i in range(12)]])
def test_a_legend_stays_within_its_figure(labels: list[str]) -> None:
    figure, (axes,) = new()
    for label in labels:
        axes.plot([0, 1], label=label)
    legend(figure)
    figure.draw_without_rendering()
    inside = figure.legends[0].get_window_extent()
    assert inside.x0 >= 0
    assert inside.x1 <= figure.bbox.width


@pytest.mark.parametrize(
    ("scale", "values", "labels"),
    [
        ("linear", [5, 10, 20], ["5", "10", "20"]),
        ("log", [10, 100, 1000], ["10", "100", "1,000"]),
        ("symlog", [0, 10, 30, 50, 100, 1000], ["0", "10", "30", "50", "100", "1,000"]),
    ],
)
def test_few_values_are_the_ticks(scale: str, values: list[float], labels: list[str]) -> None:
    figure, (axes,) = new()
    axes.plot(values, values)
    axes.set_xscale(scale)
    number_ticks(axes, values)
    figure.draw_without_rendering()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == labels


def test_integers_have_integer_ticks() -> None:
    _, (axes,) = new()
    axes.plot([1, 2, 3], [0, 1, 2])
    number_ticks(axes, np.arange(1.0, 31).tolist())
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_colours_differ_in_brightness_too() -> None:
    """So they are told apart in print, and by those who see no colours."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    brightness = sorted(float(np.array(to_rgb(colour)) @ weights) for colour in SERIES[:3])
    assert np.diff(brightness).min() > 0.05


def test_derivatives_have_their_names() -> None:
    assert [derivative_of(order, "t") for order in range(3)] == ["f(t)", "f\N{PRIME}(t)", "f\N{DOUBLE PRIME}(t)"]
    assert [derivative_of(order, "t", "u") for order in range(3)] == ["u", "d(u) / d(t)", "d²(u) / d(t)²"]


@pytest.mark.parametrize("lowest", [1e-30, 1e-3])
def test_a_logarithmic_axis_is_labelled_with_powers_of_ten(lowest: float) -> None:
    figure, (axes,) = new()
    semilogy(axes, np.array([0.0, 1.0, 2.0]), np.array([lowest, 0.0, 100.0]))
    figure.draw_without_rendering()
    labels, plain = axes.get_yticklabels(), str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    shown = {tick: text.get_text().translate(plain) for tick, text in zip(axes.get_yticks(), labels, strict=True)}
    assert len(shown) > 3
    assert shown == {tick: f"10{np.log10(tick):.0f}" for tick in shown}


def test_a_logarithmic_axis_within_a_decade_has_numbers() -> None:
    figure, (axes,) = new()
    semilogy(axes, np.array([0.0, 1.0]), np.array([2.0, 5.0]))
    figure.draw_without_rendering()
    shown = [text.get_text() for text in (*axes.get_yticklabels(), *axes.get_yticklabels(minor=True))]
    assert sum(map(bool, shown)) >= 2
