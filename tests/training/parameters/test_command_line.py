import shlex

import pytest

from training.classification.config import ClassifyConfig
from training.cli.mlproject import ENTRY_POINTS
from training.differentiation.config import DerivativesConfig
from training.parameters.command_line import CommandLine
from training.regression.config import FitConfig
from training.sweeps.config import SweepConfig


@pytest.mark.parametrize("config", ENTRY_POINTS.values(), ids=ENTRY_POINTS)
def test_help_is_for_people(config: type[CommandLine], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        config.parse(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"\n{(config.__doc__ or '').splitlines()[0]}\n\noptions:\n" in told
    for word in ("factory", "null", "Fields whose", "tuple["):
        assert word not in told
    assert all(f"--{name} " in told for name in config.model_fields)


@pytest.mark.parametrize(
    ("config", "command"),
    [
        (FitConfig, ""),
        (FitConfig, "--target=exp(-x**2)*cos(3*x)"),
        (FitConfig, "--data=a.csv --error_column=sigma"),
        (FitConfig, "--preset=study --hidden=200,200 --epochs=30 --batch_size=20"),
        (FitConfig, "--weight_decay=0.1"),
        (SweepConfig, "--hidden=5 --vary=epochs --values=1,2"),
        (DerivativesConfig, "--figures=study"),
        (ClassifyConfig, "--dataset=mnist --l2_lambda=0,3"),
    ],
)
def test_the_shortest_command_repeats_it(config: type[CommandLine], command: str) -> None:
    parsed = config.parse(command.split())
    again = config.parse(shlex.split(shlex.join(parsed.briefly())))
    assert again == parsed
    assert len(parsed.briefly()) <= len(command.split()) + 2


def test_what_does_not_stand_alone_is_told_whole() -> None:
    """noise is for what estimates it, and the optimizer is not among the fields that have one default."""
    config = FitConfig.parse(["--data=a.csv", "--optimizer=varpro", "--hidden=5", "--match_derivatives=1"])
    assert FitConfig.parse(config.briefly()) == config
