from typing import Any

import pytest

from training.errors import InvalidParameter
from training.regression.config import FitConfig


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ([], {"optimizer": "adaptive", "activation": "tanh", "learning_rate": None, "batch_size": None, "hidden": ()}),
        (["--hidden=auto"], {"optimizer": "adaptive", "epochs": 8}),
        (["--hidden=30,30"], {"optimizer": "varpro", "epochs": 400}),
        (["--activation=sin"], {"optimizer": "varpro", "hidden": (30, 30)}),
        (["--match_derivatives=2"], {"optimizer": "varpro"}),
        (["--batch_size=50", "--hidden=10"], {"optimizer": "adam", "learning_rate": 0.005, "epochs": 15}),
        (["--dtype=float32"], {"optimizer": "adam", "hidden": (30, 30)}),
        (
            ["--preset=standard"],
            {"optimizer": "adam", "activation": "tanh", "learning_rate": 0.005, "batch_size": 100, "epochs": 15},
        ),
        (["--preset=study"], {"optimizer": "adam", "activation": "relu", "learning_rate": 0.001, "hidden": (30, 30)}),
        (
            ["--preset=precise"],
            {"optimizer": "adaptive", "activation": "tanh", "learning_rate": None, "batch_size": None},
        ),
        (["--preset=precise", "--hidden=20,10"], {"epochs": 600}),
        (["--preset=precise", "--hidden=200,200"], {"epochs": 100}),
        (["--optimizer=lm", "--hidden=2"], {"epochs": 1_000}),
        (["--preset=precise", "--optimizer=adam"], {"learning_rate": 0.005, "batch_size": 100, "epochs": 15}),
        ([], {"standardise": True, "dtype": "float64"}),
        (["--preset=study"], {"standardise": False, "dtype": "float32"}),
        (["--preset=study", "--optimizer=varpro"], {"standardise": True, "dtype": "float64"}),
        (["--preset=study", "--standardise=true", "--dtype=float64"], {"standardise": True, "dtype": "float64"}),
        (["--standardise=false"], {"standardise": False, "dtype": "float64"}),
        (["--preset=study", "--learning_rate=0.1", "--activation=sin"], {"learning_rate": 0.1, "activation": "sin"}),
        (["--optimizer=evidence"], {"hidden": (), "epochs": 1, "learning_rate": None}),
        (["--data=a.csv"], {"optimizer": "evidence", "target": None, "hidden": ()}),
        (["--data=a.csv", "--preset=precise"], {"optimizer": "evidence", "hidden": ()}),
        (["--data=a.csv", "--preset=study"], {"optimizer": "adam", "hidden": (30, 30)}),
        (["--data=a.csv", "--period=12"], {"optimizer": "evidence", "hidden": (), "activation": "sin", "period": 12.0}),
        (["--data=a.csv", "--target=psi_2"], {"optimizer": "evidence", "target": "psi_2"}),
    ],
)
def test_what_is_not_given_follows_from_what_is(arguments: list[str], values: dict[str, Any]) -> None:
    config = FitConfig.parse(arguments)
    assert {name: getattr(config, name) for name in values} == values
    assert FitConfig.parse(config.as_arguments()) == config


def test_a_wrong_parameter_is_the_only_one_named() -> None:
    """Defaults that cannot follow from it are no mistakes of the user."""
    with pytest.raises(InvalidParameter, match=r"^preset: [^\n]*$"):
        FitConfig.parse(["--preset=best"])
