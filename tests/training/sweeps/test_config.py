import pytest

from training.errors import InvalidParameter
from training.regression.config import FitConfig
from training.sweeps.config import SweepConfig


def test_a_cell_is_a_fit_with_what_is_given_and_what_is_varied() -> None:
    config = SweepConfig.parse(["--preset=study", "--vary=hidden;epochs", "--values=10,20;3", "--runs=7", "--seed=5"])
    assert config.fits == [
        FitConfig(preset="study", hidden=(units, units), epochs=3, runs=7, seed=5, register_as="none")
        for units in (10, 20)
    ]


def test_what_follows_from_a_varied_parameter_is_found_for_each_cell() -> None:
    adam, varpro = SweepConfig.parse(["--vary=optimizer", "--values=adam,varpro"]).fits
    assert (adam.batch_size, adam.epochs, varpro.batch_size, varpro.epochs) == (100, 15, None, 400)


@pytest.mark.parametrize("name", ["points", "std", "weight_decay"])
def test_a_default_that_mlflow_run_passes_on_gives_way_to_what_is_varied(name: str) -> None:
    config = SweepConfig.parse([f"--vary={name}", "--values=5,7", f"--{name}={FitConfig().as_strings()[name]}"])
    assert [getattr(fit, name) for fit in config.fits] == [5, 7]


def test_every_parameter_can_be_varied() -> None:
    values = {
        "hidden": "10,200x20",
        "depth": "1,2",
        "epochs": "1:3:1",
        "batch_size": "10,20",
        "points": "101,1001",
        "std": "0.5,1",
        "activation": "tanh,relu",
        "optimizer": "adam,sgd",
        "learning_rate": "0.001,0.01",
        "weight_decay": "0,1e-4",
        "target": "psi_0,psi_3^2,sin(x)",
    }
    for name, text in values.items():
        fits = SweepConfig(vary=name, values=text).fits
        assert len({fit.model_dump_json() for fit in fits}) == len(fits) >= 2


def test_the_command_that_repeats_a_study_leaves_open_what_its_cells_decide() -> None:
    config = SweepConfig.parse(["--vary=optimizer", "--values=adam,varpro"])
    assert SweepConfig.parse(config.as_arguments()).fits == config.fits
    assert not {"optimizer", "hidden", "epochs", "batch_size"} & set(config.as_strings())


def test_who_does_the_work_is_no_part_of_what_is_studied() -> None:
    here, there = SweepConfig(workers=2), SweepConfig(executor="ray", ray_address="127.0.0.1:6379")
    assert here.digest == there.digest != SweepConfig(seed=1).digest


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--runs=0"], "runs: Input should be greater than or equal to 1, not '0'"),
        (["--vary=noise"], "vary: 'noise' cannot be varied; allowed are hidden, "),
        (["--values=10:5:1"], "values: expected a range LOW:HIGH:STEP"),
        (["--values=ten"], "values: hidden=ten: hidden: Input should be a valid integer, .*, not 'ten'$"),
        (["--values=0"], "values: hidden=0: hidden: Input should be greater than or equal to 1, not '0'$"),
        (["--vary=epochs", "--values=1.5"], "values: epochs=1.5: epochs: Input should be a valid integer"),
        (["--vary=target", "--values=psi_0,sine"], "values: target=sine: target: 'sine' is not an expression in x"),
        (["--vary=optimizer", "--values=varpro", "--batch_size=5"], "optimizer=varpro: batch_size: varpro has none"),
        (["--vary=hidden", "--values=30,30x30"], "values: hidden=30x30 is the same fit as hidden=30"),
        (["--register_as=auto"], "register_as: a study registers nothing, not 'auto'"),
        (["--retry_until=1e-5", "--repeats=0"], "repeats: retry_until needs at least 1, not 0"),
        (["--retry_until=0"], "retry_until: Input should be greater than 0"),
        (["--ray_address=127.0.0.1:6379"], "ray_address: only executor=ray has one, not 'process'"),
        (["--executor=ray", "--workers=2"], "workers: with executor=ray, each CPU of the cluster is one"),
        (["--executor=threads"], "executor: Input should be 'process' or 'ray', not 'threads'"),
        (["--workers=0"], "workers: Input should be greater than or equal to 1"),
    ],
)
def test_a_mistake_is_a_line(arguments: list[str], reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason) as refused:
        SweepConfig.parse(arguments)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "repeats"),
    [
        ([], 3),
        (["--preset=study"], 3),
        (["--preset=precise"], 1),
        (["--preset=precise", "--repeats=2"], 2),
        (["--preset=precise", "--optimizer=varpro", "--retry_until=1e-9"], 3),
    ],
)
def test_what_would_only_be_timed_again_is_done_once(given: list[str], repeats: int) -> None:
    assert SweepConfig.parse([*given, "--vary=hidden", "--values=5,10"]).repeats == repeats
