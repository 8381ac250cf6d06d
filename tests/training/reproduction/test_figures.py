"""The table of figures beside the study's, which is written here once more, by hand."""

from collections.abc import Mapping

from training.differentiation.config import DerivativesConfig
from training.regression.config import FitConfig
from training.reproduction.figures import FIGURES, Derivatives, Differences, ManyFits, OneFit, Times
from training.reproduction.needs import FULL

# (hidden, epochs, batch, target, points) of each figure that shows fits of one setting.
ONE_SETTING = {
    1: ("20,20", 30, 20),
    2: ("200,200", 30, 20),
    3: ("400,400", 30, 20),
    4: ("200,20", 30, 20),
    5: ("20,200", 30, 20),
    6: ("200,200", 30, 2),
    7: ("200,200", 30, 20),
    8: ("200,200", 30, 200),
    9: ("200,200", 3, 20),
    10: ("200,200", 30, 20),
    11: ("200,200", 300, 20),
    12: ("200,200", 3, 2),
    13: ("200,200", 30, 20),
    14: ("200,200", 300, 200),
    15: ("200,200", 30, 200),
    16: ("200,200", 30, 200),
    17: ("200,200", 30, 200),
    18: ("200,200", 30, 200),
    34: ("30,30", 15, 100),
    35: ("30,30", 15, 100),
}
# What is measured, against what, and what stays as it is.
AGAINST: Mapping[int, tuple[type, str, Mapping[str, object]]] = {
    **dict.fromkeys(range(19, 23), (Differences, "hidden", {"epochs": 30, "batch_size": 200})),
    **dict.fromkeys(range(23, 27), (Differences, "epochs", {"hidden": (200, 200), "batch_size": 200})),
    **dict.fromkeys((27, 28), (Differences, "batch_size", {"hidden": (200, 200), "epochs": 30})),
    29: (Times, "epochs", {"hidden": (200, 200), "batch_size": 100}),
    30: (Times, "batch_size", {"hidden": (200, 200), "epochs": 30}),
    **dict.fromkeys((31, 32, 33), (Times, "hidden", {"epochs": 30, "batch_size": 200})),
    36: (Differences, "epochs", {"hidden": (30, 30), "batch_size": 100}),
    37: (Times, "epochs", {"hidden": (30, 30), "batch_size": 100}),
    38: (Differences, "hidden", {"epochs": 15, "batch_size": 100}),
    39: (Times, "hidden", {"epochs": 15, "batch_size": 100}),
    40: (Differences, "batch_size", {"hidden": (30, 30), "epochs": 15}),
    41: (Times, "batch_size", {"hidden": (30, 30), "epochs": 15}),
}
DERIVATIVES = {
    42: (1, None),
    43: (2, None),
    44: (0, 30),
    45: (1, 30),
    46: (2, 30),
    47: (1, 200),
    48: (2, 200),
    49: (2, 300),
    50: (2, 500),
}


def written(config: FitConfig) -> tuple[str, int, int | None]:
    return ",".join(map(str, config.hidden)), config.epochs, config.batch_size


def test_all_numbers_are_there_in_order() -> None:
    assert list(FIGURES) == list(range(1, 83))


def test_the_figures_of_one_setting() -> None:
    for number, expected in ONE_SETTING.items():
        drawn = FIGURES[number]
        assert not isinstance(drawn, Derivatives)
        assert written(drawn.setting) == expected, number
        assert (drawn.setting.fitted, drawn.setting.points, drawn.setting.activation) == ("gaussian", 10_001, "relu")
    assert [f.study_seconds for n in (12, 13, 14) if isinstance(f := FIGURES[n], OneFit)] == [77, 83, 96]
    assert [f.runs for n in (15, 16, 34) if isinstance(f := FIGURES[n], ManyFits)] == [5, None, None]


def test_all_is_drawn_of_trainings_as_the_study_s() -> None:
    """x and y as they are, ReLU, Adam with 1e-3, float32."""
    settings = {need.setting for drawn in FIGURES.values() for need in drawn.needs(FULL)}
    assert len(settings) > 100
    for s in settings:
        found = (s.standardise, s.activation, s.optimizer, s.learning_rate, s.dtype, s.weight_decay)
        assert found == (False, "relu", "adam", 1e-3, "float32", 0)
    config = DerivativesConfig.parse(["--figures=study"])
    assert (config.standardise, config.activation, config.dtype) == (False, "relu", "float32")


def test_the_figures_against_a_parameter() -> None:
    for number, (kind, parameter, fixed) in AGAINST.items():
        drawn = FIGURES[number]
        assert isinstance(drawn, kind)
        assert isinstance(drawn, Differences | Times)
        assert drawn.parameter == parameter
        assert {name: getattr(drawn.setting, name) for name in fixed} == fixed, number
        assert len(drawn.values) > 3
        assert list(drawn.values) == sorted(set(drawn.values))
    assert [n for n in AGAINST if isinstance(f := FIGURES[n], Times) and f.by_run] == [33]


def test_the_derivatives() -> None:
    for number, (order, units) in DERIVATIVES.items():
        drawn = FIGURES[number]
        assert isinstance(drawn, Derivatives)
        assert (drawn.order, drawn.units) == (order, units)


def test_the_wave_functions() -> None:
    expected = [
        (f"psi_{n}{square}", h, points)
        for points in (500, 10_001)
        for square in ("", "^2")
        for n in range(4)
        for h in ("20,20", "200,200")
    ]
    settings = [f.setting for n in range(51, 83) if isinstance(f := FIGURES[n], OneFit)]
    assert [(s.fitted, written(s)[0], s.points) for s in settings] == expected
    assert {(s.points, *written(s)[1:]) for s in settings} == {(500, 30, 20), (10_001, 8, 20)}
