import pytest

from training.errors import InvalidParameter
from training.regression.config import FitConfig

REFUSED = [
    ("--target=sine", r"target: 'sine' .* allowed are gaussian, psi_N, psi_N\^2 and expressions of numbers, x"),
    ("--preset=best", "preset: Input should be 'precise', 'standard' or 'study', not 'best'"),
    ("--validation=1", "validation: Input should be less than or equal to 0.9"),
    ("--invalid_rows=keep", "invalid_rows: Input should be 'refuse' or 'drop', not 'keep'"),
    ("--match_derivatives=3", "match_derivatives: Input should be less than or equal to 2, not '3'"),
    ("--match_derivatives=3", "match_derivatives: Input should be less than or equal to 2, not '3'"),
    ("--domain=5,-5", r"domain: expected LOW,HIGH with LOW < HIGH, both finite, not '5,-5'"),
    ("--domain=1,1", "domain: expected LOW,HIGH with LOW < HIGH"),
    ("--domain=nan,1", "domain: expected LOW,HIGH with LOW < HIGH"),
    ("--domain=-inf,inf", "domain: expected LOW,HIGH with LOW < HIGH, both finite, not '-inf,inf'"),
    ("--domain=-inf,1", "domain: expected LOW,HIGH with LOW < HIGH"),
    ("--domain=-1e308,1e308", "domain: expected LOW,HIGH with LOW < HIGH"),
    ("--domain=1", "domain: expected LOW,HIGH with LOW < HIGH"),
    ("--domain=", "domain: expected LOW,HIGH with LOW < HIGH"),
    ("--points=1", "points: Input should be greater than or equal to 2, not '1'"),
    ("--points=1e3", "points: Input should be a valid integer"),
    ("--hidden=30,0", "hidden: Input should be greater than or equal to 1, not '0'"),
    ("--hidden=30,x", "hidden: Input should be a valid integer.* not 'x'"),
    ("--hidden=", "hidden: Input should be a valid integer"),
    ("--hidden=5000", "hidden: Input should be less than or equal to 4096, not '5000'"),
    ("--batch_size=0", "batch_size: Input should be greater than or equal to 1, not '0'"),
    ("--epochs=0", "epochs: Input should be greater than or equal to 1"),
    ("--weight_decay=-0.1", "weight_decay: Input should be greater than or equal to 0, not '-0.1'"),
    ("--learning_rate=0", "learning_rate: Input should be greater than 0"),
    ("--learning_rate=nan", "learning_rate: Input should be"),
    ("--std=0", "std: Input should be greater than 0"),
    ("--mean=inf", "mean: Input should be a finite number"),
    ("--activation=step", "activation: expected one of tanh, sin, .*, relu, not 'step'"),
    (
        "--optimizer=newton",
        "optimizer: Input should be 'adaptive', 'adam', 'sgd', 'varpro', 'lm', 'lbfgs' or 'evidence', not 'newton'",
    ),
    ("--dtype=float16", "dtype: Input should be 'float32' or 'float64', not 'float16'"),
    ("--seed=-1", "seed: Input should be greater than or equal to 0"),
    ("--max_order=9", "max_order: Input should be less than or equal to 8"),
    ("--register_as=a/b", "register_as: String should match pattern"),
    ("--noise=robust", "noise: only optimizer=evidence asks what it is like, not adaptive"),
    ("--noise=loud", "noise: Input should be 'auto', 'white', 'varying', 'robust' or 'correlated', not 'loud'"),
    ("--period=1", "period: only optimizer=evidence has units that repeat, not adaptive"),
    ("--period=0", "period: Input should be greater than 0"),
    ("--champion=yes", "champion: Input should be 'better', 'always' or 'never'"),
    ("--xyzzy=1", "^unknown parameter xyzzy; --help lists what there is$"),
    ("--targt=x", r"^unknown parameter targt; did you mean target\?$"),
]


@pytest.mark.parametrize(("argument", "message"), REFUSED, ids=[argument for argument, _ in REFUSED])
def test_what_is_not_allowed_is_named_in_one_line(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message) as raised:
        FitConfig.parse([argument])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch_size=20"], "batch_size: varpro has none, not 20; adam and sgd have it"),
        (["--learning_rate=0.1"], "learning_rate: varpro has none, not 0.1; adam and sgd have it"),
        (["--weight_decay=0.1"], "weight_decay: varpro has none, not 0.1; adam and sgd have it"),
        (["--standardise=false"], "standardise: varpro always does, not 'false'; adam and sgd can do without"),
        (["--dtype=float32"], "dtype: varpro works in float64, not 'float32'"),
        (["--hidden=auto"], "hidden: varpro needs units, as 30,30; adaptive and evidence take auto"),
        (["--error_column=sigma"], "error_column: only data fitted by varpro, lm, lbfgs and evidence have weights"),
        (
            ["--error_column=sigma", "--data=a.csv", "--optimizer=adam"],
            "error_column: only data fitted by varpro, lm, lbfgs and evidence have weights",
        ),
        (["--activation=relu", "--match_derivatives=2"], "match_derivatives: a relu network has no second derivative"),
    ],
)
def test_what_a_solver_has_no_use_for_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        FitConfig.parse(["--optimizer=varpro", *arguments])


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--noise=robust --hidden=50", "noise: only hidden=auto of tanh without a period takes 'robust'"),
        ("--noise=varying --period=3", "noise: only hidden=auto of tanh without a period takes 'varying'"),
        ("--period=3 --hidden=50", "period: takes as many units of sin as it needs: hidden=auto, activation=sin"),
        ("--period=3 --activation=tanh", "period: takes as many units of sin as it needs: hidden=auto, activation=sin"),
        ("--activation=gelu", "hidden: auto has units of tanh, not 'gelu': give their number"),
    ],
)
def test_what_the_evidence_can_not_do(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        FitConfig.parse(["--data=a.csv", *argument.split()])


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(InvalidParameter, match=r"points: (?s:.*)batch_size: "):
        FitConfig.parse(["--points=1", "--batch_size=0"])


def test_strings_repeat_the_parameters() -> None:
    config = FitConfig.parse(["--domain=-1.5,1e-7", "--hidden=4, 5,6", "--learning_rate=3e-05", "--target=psi_3^2"])
    assert config.hidden == (4, 5, 6)
    assert FitConfig.parse(["--domain", "-1.5,1e-7", "--hidden", "4,5,6"]).domain == config.domain
    assert FitConfig.parse(config.as_arguments()) == config


def test_the_environment_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED", "7")
    monkeypatch.setenv("seed", "7")
    assert FitConfig.parse([]).seed == 0


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([], "gaussian"),
        (["--target=psi_3^2"], "psi_3_squared"),
        (["--target=sin(x)"], "sin_x-bfd017"),
        (["--data=some/measured.csv"], "measured"),
        (["--data=of 2026.csv"], "of_2026-fa1ef6"),
        (["--data=sensors.csv", "--y_column=temp"], "sensors_temp"),
        (["--std=2"], "gaussian_mean_0_std_2-4c3f0d"),
        (["--register_as=mine"], "mine"),
        (["--register_as=none"], None),
    ],
)
def test_the_registered_name_follows_the_target(arguments: list[str], name: str | None) -> None:
    assert FitConfig.parse(arguments).registered_name == name
