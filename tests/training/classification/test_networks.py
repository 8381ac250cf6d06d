"""The table of networks, and what the parameters make of it."""

from dataclasses import replace
from pkgutil import resolve_name
from typing import get_args

import pytest

from training.classification import config as module
from training.classification.config import ClassifyConfig
from training.classification.networks import NETWORKS, NetworkName
from training.errors import InvalidParameter


@pytest.mark.parametrize("name", get_args(NetworkName))
def test_a_row_has_a_default_for_all_that_has_none_of_its_own(name: str) -> None:
    config, row = ClassifyConfig.model_validate({"network": name}), NETWORKS[name]
    assert config.row is row
    assert callable(resolve_name(row.train))
    assert row.refused.keys() <= ClassifyConfig.model_fields.keys()
    assert ClassifyConfig.model_validate({"network": name, "search": True}).l2_lambda == row.searched


def test_the_defaults_of_a_dense_network_are_the_study_s() -> None:
    cats, clothes = ClassifyConfig(dataset="cats"), ClassifyConfig(dataset="fashion_mnist")
    assert (cats.hidden, cats.l2_lambda) == ((20, 7), (0, 10, 30, 50, 100, 1000))
    assert (clothes.hidden, clothes.l2_lambda) == ((50, 25), (0, 3, 1, 0.1))
    assert clothes.run_name == "fashion_mnist sgd relu 50,25 λ=0,3,1,0.1"


def test_what_a_network_does_not_have_is_refused_unless_it_is_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(NETWORKS["dense"], refused={"augment": "its pictures are looked at once"})
    monkeypatch.setattr(module, "NETWORKS", {"dense": row})
    assert ClassifyConfig(augment=False).row is row
    with pytest.raises(InvalidParameter, match="augment: network=dense has none: its pictures are looked at once"):
        ClassifyConfig(augment=True)


def test_no_hidden_layers_are_told_as_none() -> None:
    config = ClassifyConfig.parse(["--hidden=none"])
    assert config.hidden == ()
    assert config.as_strings()["hidden"] == "none"
    assert ClassifyConfig.parse(config.as_arguments()) == config
    assert config.run_name == "mnist sgd relu none λ=0,3,1,0.1"
