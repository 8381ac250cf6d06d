from pathlib import Path

import numpy as np
import pytest

from training.errors import InvalidParameter
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.targets.named import Gaussian


def test_a_function_has_equally_spaced_samples_and_the_derivatives_to_match() -> None:
    config = FitConfig(points=11, match_derivatives=2, hidden=(4,))
    found = sample(config, config.seed)
    np.testing.assert_allclose(found.x, np.linspace(-5, 5, 11))
    for order, values in enumerate((found.y, *found.derivatives)):
        np.testing.assert_allclose(values, Gaussian().derivative(found.x, order))
    assert (found.domain, found.are_measured, found.digest) == ((-5, 5), False, "")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("0*x", "is -?0 at every sample on .*: nothing to fit"),
        ("x*1e200", "multiply it: at most"),
        ("1/x", "target: 1/x"),
    ],
)
def test_what_cannot_be_fitted_is_refused(target: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        sample(FitConfig(target=target, points=11), seed=0)


def test_data_are_seen_or_held_out_and_none_is_outside_the_domain(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    x = np.linspace(0, 10, 101)
    np.savetxt(path, np.column_stack([x, np.sin(x)]), delimiter=",", header="x,y", comments="")
    found = sample(FitConfig(data=path, domain="2,7", validation=0.2), seed=0)
    assert found.held_out is not None
    assert (len(found.x), len(found.held_out.x)) == (41, 10)
    assert found.domain == (2, 7)
    assert found.x.min() >= 2
    assert found.found == {"domain": "2.0,7.0"}
    other = sample(FitConfig(data=path, domain="2,7", validation=0.2), seed=1)
    assert len(other.x) == 41
    assert not np.array_equal(other.x, found.x)
    with pytest.raises(InvalidParameter, match=r"domain: 2 of 101 points of data.csv lie on"):
        sample(FitConfig(data=path, domain="2,2.1"), seed=0)
