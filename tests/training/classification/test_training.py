from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.pictures import digits
from training.classification.config import ClassifyConfig
from training.classification.networks import NETWORKS
from training.classification.pictures import PictureSet
from training.classification.trained import Trained
from training.classification.training import train

ASKED: list[tuple[Any, ...]] = []


def recorded(*arguments: Any) -> list[Trained]:
    ASKED.append(arguments)
    return []


@pytest.mark.parametrize("name", NETWORKS)
def test_the_row_of_the_network_names_what_trains_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    pictures: PictureSet = digits(4, 2)
    config = ClassifyConfig.model_validate({"dataset": "cats", "network": name})
    row = replace(NETWORKS[name], train=f"{__name__}:recorded")
    monkeypatch.setattr(ClassifyConfig, "row", row)
    ASKED.clear()
    assert train(config, pictures, tmp_path) == []
    assert [(config, pictures, tmp_path)] == ASKED
