import numpy as np
import pytest

from training.data.samples import Samples
from training.differentiation.config import DerivativesConfig
from training.errors import InvalidParameter

SAMPLES = Samples(np.linspace(-5, 5, 101), np.zeros(101))


def test_steps_follow_from_the_samples_where_they_are_not_given() -> None:
    config = DerivativesConfig.parse([])
    found = config.resolved(SAMPLES)
    assert found.step == pytest.approx(0.1)
    assert found.steps == (1e-12, 1.0, 49)
    given = DerivativesConfig.parse(["--step=0.5", "--steps=1e-3,1,4"]).resolved(SAMPLES)
    assert (given.step, given.steps) == (0.5, (1e-3, 1.0, 4))


def test_the_study_has_its_own_defaults() -> None:
    study = DerivativesConfig.parse(["--figures=study"])
    assert (study.preset, study.optimizer, study.activation) == ("study", "adam", "relu")
    assert DerivativesConfig.parse([]).preset == "precise"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--figures=study", "--preset=precise"], "figures=study trains with adam or sgd only"),
        (["--figures=study", "--hidden=9"], "figures=study has its own"),
        (["--target=x*y", "--domain=x:0,1; y:0,1"], "finite differences are taken in one variable"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: list[str], reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        DerivativesConfig.parse(arguments)
    with pytest.raises(InvalidParameter, match="step: 5 is not less than half of the domain's 10"):
        DerivativesConfig.parse(["--step=5"]).resolved(SAMPLES)
