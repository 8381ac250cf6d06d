from pathlib import Path
from typing import Any

import pytest

from training.classification.config import ClassifyConfig
from training.errors import InvalidParameter


def config(**given: Any) -> ClassifyConfig:
    return ClassifyConfig.model_validate(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"l2_lambda": "0,1,0"}, "l2_lambda: each λ is trained once, not '0.0,1.0,0.0'"),
        ({"dataset": "pictures"}, "data_dir: dataset=pictures needs a folder that has one of pictures for each class"),
        ({"picture_size": 32}, "picture_size: mnist has its own size"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_one_line(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        config(**given)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"l2_lambda": "-1"}, "l2_lambda"),
        ({"l2_lambda": ",".join(map(str, range(101)))}, "l2_lambda"),
        ({"test_part": 0}, "test_part"),
        ({"dropout": 1}, "dropout"),
        ({"hidden": "0"}, "hidden"),
        ({"seed": 2**32}, "seed"),
        ({"picture_size": 1_025}, "picture_size"),
    ],
)
def test_values_have_bounds(given: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidParameter, match=f"^{name}: "):
        ClassifyConfig.parse([f"--{key}={value}" for key, value in given.items()])


def test_defaults_follow_from_the_dataset_and_a_search_has_more_strengths() -> None:
    assert (config().hidden, config(dataset="cats").hidden) == ((50, 25), (20, 7))
    assert len(config(search=True).l2_lambda) > len(config().l2_lambda)
    assert config(search=True, l2_lambda="1,2").l2_lambda == (1, 2)
    assert config(search=True).with_lambda(3.0).l2_lambda == (3,)
    assert not config(search=True).with_lambda(3.0).search


def test_a_run_is_named_by_what_is_not_as_usual(tmp_path: Path) -> None:
    assert config().run_name == "mnist sgd relu 50,25 λ=0,3,1,0.1"
    given = config(dataset="cats", seed=3, l2_lambda="1", hidden="none", dropout=0.5)
    assert given.run_name.startswith("cats sgd relu none λ=1 ")
    assert "seed=3" in given.run_name
    assert "dropout=0.5" in given.run_name
    assert len(config(l2_lambda=",".join(map(str, range(100)))).run_name) == 200


def test_a_folder_of_pictures_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "birds").mkdir()
    given = config(dataset="pictures", data_dir=tmp_path / "birds")
    assert (given.named, given.registered_name) == ("birds", "birds")
    assert config(register_as="none").registered_name is None


def test_no_layers_are_written_as_they_are_given() -> None:
    assert config(hidden="none").hidden == ()
    assert config(hidden="none").as_strings()["hidden"] == "none"
    assert config(hidden="8,4").as_strings()["hidden"] == "8,4"
