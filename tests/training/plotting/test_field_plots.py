"""What the figures of a fit of several variables show; how they look is test_gallery.py's."""

import numpy as np
import pytest

from tests.support.fields import layers
from training.data.box import Box
from training.models.field_network import FieldNetwork, evaluate
from training.plotting.field_plots import FieldPicture, briefly, figures
from training.surrogates.samples import FieldSamples
from training.targets.fields import parse

RNG = np.random.default_rng(0)


def picture(variables: int = 2, outputs: tuple[str, ...] = ("u",), known: bool = True) -> FieldPicture:
    names = ("a", "b", "c")[:variables]
    box = Box(names, (-1.0,) * variables, (2.0,) * variables)
    x = RNG.uniform(-1, 2, (50, variables))
    function = parse("; ".join(["+".join(names)] * len(outputs)), names) if known else None
    y = RNG.normal(size=(50, len(outputs)))
    return FieldPicture(box, outputs, layers((variables, 4, len(outputs))), function, FieldSamples(x, (y,)))


def test_a_run_shows_maps_cuts_and_predictions_and_a_child_of_a_study_the_last() -> None:
    assert list(figures(picture())) == ["maps", "cuts", "predicted"]
    assert list(briefly(picture())) == ["predicted"]


@pytest.mark.parametrize("known", [True, False])
def test_beside_the_fit_are_the_function_and_the_error_where_they_are_known(known: bool) -> None:
    drawn = figures(picture(known=known))
    titles = [axes.get_title() for axes in drawn["maps"].axes if axes.get_title()]
    assert titles == (["Function u", "Fit of u", "Absolute error"] if known else ["Fit of u"])
    assert len(drawn["cuts"].axes[0].lines) == 1 + known


def test_a_cut_goes_along_each_variable_through_the_middle() -> None:
    of = picture(3)
    for variable, axes in enumerate(figures(of)["cuts"].axes):
        _, fit = axes.lines
        x = np.full((401, 3), 0.5)
        x[:, variable] = np.linspace(-1, 2, 401)
        np.testing.assert_array_equal(fit.get_xdata(), x[:, variable])
        np.testing.assert_array_equal(fit.get_ydata(), evaluate(FieldNetwork(of.layers), x)[0][:, 0])
        assert (axes.get_xlabel(), axes.get_ylabel()) == (("a", "b", "c")[variable], "u")


def test_predictions_stand_over_the_values_that_the_fit_has_not_seen() -> None:
    of = picture(outputs=("u", "v"), known=False)
    axes = briefly(of)["predicted"].axes
    for output, each in enumerate(axes):
        _, points = each.lines
        np.testing.assert_array_equal(points.get_xdata(), of.judged.y[:, output])
        np.testing.assert_array_equal(points.get_ydata(), of.fit(of.judged.x)[:, output])
    assert [each.get_xlabel() for each in axes] == ["u, held-out samples", "v, held-out samples"]


def test_long_expressions_have_short_names() -> None:
    long = "exp(-a**2)*sin(b)+1"
    assert picture(outputs=(long,)).labels == ["f"]
    assert picture(outputs=("a", long)).labels == ["a", "f2"]


def test_maps_are_over_the_two_variables_that_matter() -> None:
    of = picture(3)
    of.layers.weights[0][1] = 0  # nothing comes from b
    axes = figures(of)["maps"].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "c")
    assert axes.get_title().endswith("other variables in the middle")
