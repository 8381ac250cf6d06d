"""What `make fit` asks before MLflow is imported."""

import os

import pytest

from training.cli.__main__ import launched, main
from training.regression.config import FitConfig
from training.sweeps.config import SweepConfig


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-P", "targt=psi_3"], "unknown parameter targt; did you mean target?"),
        (["-e", "study", "-P", "vary=hiden"], "vary: 'hiden' cannot be varied"),
        (["--experiment-name", "mine", "-P", "points=one"], "points: "),
    ],
)
def test_a_mistake_is_a_line(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == os.EX_USAGE
    told = capsys.readouterr().err
    assert told.startswith(f"error: {reason}")
    assert told.count("\n") == 1


def test_what_is_mlflow_s_is_left_to_it() -> None:
    assert launched(["--env-manager", "local", "-P", "target=psi_3"]) == (FitConfig, ["--target=psi_3"])
    assert launched(["--entry-point", "study"]) == (SweepConfig, [])
    assert launched(["-e", "another", "-P", "a=b"]) == (None, ["--a=b"])
    assert launched(["-P"]) == (None, [])


def test_a_launcher_goes_on_with_what_is_right(store: str) -> None:
    main(["-P", "target=exp(-x**2)*cos(3*x)"])
