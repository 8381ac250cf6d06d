import numpy as np
import pytest

from training.data.samples import Samples
from training.models.networks import Scaling
from training.regression.scaled_function import ScaledFunction
from training.targets.domain import Domain
from training.targets.expressions import parse
from training.targets.named import Gaussian

DOMAIN = Domain(-1.0, 3.0)
SCALED = ScaledFunction(Gaussian(), DOMAIN, Scaling(1.0, 2.0, 0.1, 0.5))


def test_derivatives_are_those_of_the_scaled_variable() -> None:
    u = np.linspace(*SCALED.ends, 9)
    assert SCALED.ends == (-1, 1)
    x = 1 + 2 * u
    for order in range(3):
        truth = (Gaussian().derivative(x, order) * 2**order - 0.1 * (order == 0)) / 0.5
        np.testing.assert_allclose(SCALED(u, order), truth, atol=1e-14)


@pytest.mark.parametrize(("text", "is_near"), [("atan(1e6*x)", True), ("atan(1e6*(x-0.5))", False), ("sin(x)", False)])
def test_what_is_sharp_beside_zero_is_looked_at_from_there(text: str, is_near: bool) -> None:
    target = parse(text)
    x = np.linspace(-1, 3, 2_001)
    samples = Samples(x, target.derivative(x), function=target)
    scaled = ScaledFunction(target, DOMAIN, Scaling(1.0, 2.0, 0.0, 1.0))
    found = scaled.around_zero(scaled.resolution(samples))
    assert (found is not None) == is_near
    assert found is None or (found.scaling.x_center, found.ends) == (0, (-0.5, 1.5))
