import pytest

from training.errors import InvalidParameter
from training.regression.methods import METHODS
from training.regression.optimisation_config import MAX_RETRIES, OptimisationConfig


class Config(OptimisationConfig):
    """The group by itself."""

    module = "training.fit"


@pytest.mark.parametrize("optimizer", METHODS)
def test_the_method_is_that_of_the_optimizer_and_gives_its_defaults(optimizer: str) -> None:
    config = Config.model_validate({"optimizer": optimizer})
    assert config.method is METHODS[optimizer]
    assert config.hidden == config.method.hidden
    assert config.batch_size == config.method.batch_size
    assert (config.learning_rate is not None) == config.method.takes_steps
    if config.method.epochs is not None:
        assert config.epochs == config.method.epochs


def test_who_retries_trains_as_often_as_it_says_or_as_is_allowed() -> None:
    assert Config(runs=7).trainings == 7
    assert Config(retry_until=1e-3).trainings == MAX_RETRIES
    assert Config(retry_until=1e-3, runs=7).trainings == 7


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("--activation=elu", "activation: expected one of tanh, sin, .*, not 'elu'"),
        ("--optimizer=rmsprop", "optimizer: Input should be 'adaptive', "),
        ("--retry_until=0", "retry_until: Input should be greater than 0"),
        ("--seed=-1", "seed: Input should be greater than or equal to 0"),
        ("--epochs=1000001", "epochs: Input should be less than or equal to 1000000"),
        ("--weight_decay=nan", "weight_decay: Input should be"),
        ("--hidden=3,", "hidden: "),
    ],
)
def test_a_mistake_names_the_value_and_what_is_allowed(argument: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        Config.parse([argument])
