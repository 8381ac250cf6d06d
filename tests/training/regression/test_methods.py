from pkgutil import resolve_name
from typing import get_args

from training.regression.methods import METHODS, Optimizer, those
from training.runtime.epoch_module import EpochModule


def test_every_optimizer_has_its_row() -> None:
    assert tuple(METHODS) == get_args(Optimizer)


def test_what_a_row_names_is_there() -> None:
    for method in METHODS.values():
        assert issubclass(resolve_name(method.module), EpochModule)
        if method.solver:
            assert callable(resolve_name(method.solver))


def test_who_can_do_something_is_told_in_words() -> None:
    assert those(lambda method: method.takes_steps) == "adam and sgd"
    assert those(lambda method: method.finds_units) == "adaptive and evidence"
