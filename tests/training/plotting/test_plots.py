import numpy as np

from tests.support.networks import network
from training.data.samples import Samples
from training.evaluation.baselines import fit_baselines
from training.models.networks import Network, evaluate
from training.plotting.plots import Picture, figures, members
from training.targets.domain import Domain
from training.targets.named import Target, WaveFunction

DOMAIN = Domain(-2.0, 4.0)


def picture(made: Network, target: Target | None) -> Picture:
    x = np.linspace(*DOMAIN, 41)
    samples = Samples(x, WaveFunction(1).derivative(x))
    return Picture("psi_1", made, DOMAIN, target, samples, fit_baselines(samples.x, samples.y, DOMAIN))


def test_every_figure_shows_the_function_and_the_fit() -> None:
    made, target = network(), WaveFunction(1)
    drawn = figures(picture(made, target))
    assert list(drawn) == ["fit", "squared_difference", "derivative_1", "derivative_2", "overview", "comparison"]
    x = np.linspace(*DOMAIN, 1_001)
    fits = evaluate(made, x, 2)
    for order, axes in enumerate(drawn["overview"].axes):
        function, fit = axes.lines
        np.testing.assert_array_equal(function.get_xydata(), np.column_stack([x, target.derivative(x, order)]))
        np.testing.assert_array_equal(fit.get_ydata(), fits[order])
        assert axes.get_legend_handles_labels()[1] == ["function", "fit"]
        assert axes.get_xlabel() == "x"
        assert axes.get_ylabel() == ("f(x)", "f\N{PRIME}(x)", "f\N{DOUBLE PRIME}(x)")[order]


def test_the_squared_difference_is_drawn_at_each_point() -> None:
    made, target = network(), WaveFunction(1)
    x = np.linspace(*DOMAIN, 1_001)
    (line,) = figures(picture(made, target))["squared_difference"].axes[0].lines
    np.testing.assert_array_equal(line.get_ydata(), (evaluate(made, x, 0)[0] - target.derivative(x)) ** 2)


def test_all_members_are_drawn_over_the_function() -> None:
    fits = [np.full(1_001, 0.1), np.full(1_001, 0.2)]
    function, *drawn = members("psi_1", WaveFunction(1), DOMAIN, fits).axes[0].lines
    np.testing.assert_array_equal(function.get_ydata(), WaveFunction(1).derivative(DOMAIN.grid()))
    np.testing.assert_array_equal([line.get_ydata() for line in drawn], fits)
