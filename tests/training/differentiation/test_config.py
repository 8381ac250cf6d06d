from pathlib import Path

import numpy as np
import pytest

from training.differentiation.config import DerivativesConfig
from training.errors import InvalidParameter
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.targets.domain import Domain

REFUSED = [
    ("--steps=1,2", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH and COUNT from 2 to 1,000, not '1,2'"),
    ("--steps=0,1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=1,0.1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=0.1,inf,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=nan,1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--steps=0.1,1,1", "steps: .* COUNT from 2 to 1,000"),
    ("--steps=0.1,1,2.5", "steps: .* COUNT from 2 to 1,000"),
    ("--steps=0.1,1,1001", "steps: .* COUNT from 2 to 1,000"),
    ("--steps=a,1,5", "steps: expected LOW,HIGH,COUNT with 0 < LOW < HIGH"),
    ("--step=0", "step: Input should be greater than 0, not '0'"),
    ("--step=nan", "step: Input should be"),
    ("--figures=all", "figures: Input should be 'own' or 'study', not 'all'"),
    ("--data=a.csv", "target: missing; derivatives are compared with those of the function behind the data"),
    ("--register_as=a/b", "register_as: String should match pattern"),
]
REFUSED_OF_THE_STUDY = [
    ("--hidden=40,40", "hidden, epochs, batch_size: figures=study has its own; leave them out"),
    ("--epochs=3", "hidden, epochs, batch_size: figures=study has its own"),
    ("--batch_size=3", "hidden, epochs, batch_size: figures=study has its own"),
    ("--optimizer=varpro", "preset, optimizer: figures=study trains with adam or sgd only"),
    ("--preset=precise", "preset, optimizer: figures=study trains with adam or sgd only"),
    ("--register_as=mine", "register_as: figures=study registers nothing, not 'mine'"),
]


def resolve(config: DerivativesConfig) -> DerivativesConfig:
    return config.resolved(sample(config, config.seed))


@pytest.mark.parametrize(("argument", "message"), REFUSED, ids=[argument for argument, _ in REFUSED])
def test_what_is_not_allowed_is_named_in_one_line(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message) as raised:
        DerivativesConfig.parse([argument])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("argument", "message"), REFUSED_OF_THE_STUDY)
def test_the_study_s_networks_are_its_own(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        DerivativesConfig.parse(["--figures=study", argument])


def test_the_defaults_are_those_of_a_fit_that_is_not_registered() -> None:
    ours, fits = DerivativesConfig(), FitConfig(register_as="none")
    assert list(type(ours).model_fields) == [*type(fits).model_fields, "figures", "step", "steps"]
    assert {name: getattr(ours, name) for name in type(fits).model_fields} == fits.model_dump()


def test_the_steps_follow_from_the_samples() -> None:
    resolved = resolve(DerivativesConfig(points=101, domain=Domain(0.0, 2.0)))
    assert resolved.step == pytest.approx(0.02)
    assert resolved.steps == pytest.approx((2e-13, 0.2, 49))
    given = DerivativesConfig.parse(["--step=0.5", "--steps=0.1,1,5"])
    assert resolve(given) == given
    assert DerivativesConfig.parse(resolved.as_arguments()) == resolved


def test_the_steps_follow_from_data_with_a_known_function(tmp_path: Path) -> None:
    lines = [f"{x},{x**2}" for x in np.linspace(0, 4, 41)]
    (tmp_path / "squares.csv").write_text("\n".join(["x,y", *lines]))
    resolved = resolve(DerivativesConfig(data=tmp_path / "squares.csv", target="x**2"))
    assert resolved.step == pytest.approx(0.1)


def test_the_study_s_defaults_are_its_library_s() -> None:
    study = DerivativesConfig.parse(["--figures=study"])
    assert (study.preset, study.activation, study.learning_rate, study.dtype) == ("study", "relu", 1e-3, "float32")
    own = DerivativesConfig.parse(["--figures=study", "--preset=standard", "--dtype=float64"])
    assert (own.activation, own.dtype) == ("tanh", "float64")


def test_one_variable_is_compared() -> None:
    with pytest.raises(InvalidParameter, match="finite differences are taken in one variable"):
        DerivativesConfig.parse(["--target=x*y", "--domain=x:0,1; y:0,1"])
