from pathlib import Path

import numpy as np
import pytest

from tests.support.evident_fits import covered, errors
from training.data.samples import Samples
from training.models.networks import evaluate
from training.regression.config import FitConfig
from training.regression.trainer import train

TARGET = "sin(2*pi*x/3)+cos(6*pi*x/3)/3"


@pytest.mark.parametrize("order", [0, 1])
def test_what_repeats_itself(tmp_path: Path, order: int) -> None:
    generator = np.random.default_rng(0)
    x = np.sort(generator.uniform(0, 30, 300))
    config = FitConfig.parse(["--data=a.csv", "--period=3", "--domain=0,30", f"--match_derivatives={order}"])
    function = FitConfig.parse([f"--target={TARGET}"]).function
    assert function
    samples = Samples(
        x, function.derivative(x) + 0.1 * generator.normal(size=300), (function.derivative(x, 1),)[:order]
    )
    (member,) = train(config, samples, tmp_path, bar=False)
    at = np.linspace(0, 3, 200)
    assert errors(member, TARGET, at)[2] < 0.2
    if not order:
        assert member.noise_std == pytest.approx(0.1, rel=0.15)
    assert np.mean(covered(member, TARGET, at)) > 0.8
    assert member.network
    for k in range(3):
        here, later = (evaluate(member.network, at + shift, k)[k] for shift in (0, 27))
        np.testing.assert_allclose(later, here, atol=1e-9 * np.abs(here).max())
