import numpy as np
import pytest
from numpy.polynomial.chebyshev import chebval

from training.targets.chebyshev import chebyshev_series
from training.targets.domain import Domain
from training.targets.named import parse


@pytest.mark.parametrize("name", ["gaussian", "psi_3", "psi_30^2", "exp(-x**2)*cos(3*x)", "3*x"])
@pytest.mark.parametrize("domain", [(-5.0, 5.0), (0.5, 2.0)])
def test_the_series_are_the_function_and_its_derivatives(name: str, domain: Domain) -> None:
    target, x = parse(name), np.linspace(*domain, 1_001)
    series = chebyshev_series(target, domain, range(3))
    assert list(series) == ["0", "1", "2"]
    for order in range(3):
        truth = target.derivative(x, order)
        error = chebval(np.linspace(-1, 1, 1_001), series[str(order)]) - truth
        assert np.abs(error).max() <= 3e-12 * max(1.0, np.abs(truth).max())


def test_a_function_without_a_short_series_has_none() -> None:
    assert chebyshev_series(parse("tanh(10000*x)"), Domain(-5.0, 5.0), [0]) == {}


def test_a_derivative_that_is_not_finite_has_none() -> None:
    assert "1" not in chebyshev_series(parse("sqrt(x)"), Domain(0.0, 1.0), [0, 1])
