from pathlib import Path
from typing import Any

import mlflow
import pytest
from pydantic import ValidationError

from serving.api.classifier_schemas import ClassifierModel, Predict
from serving.models.classifiers import load
from serving.models.logged_model import Version
from tests.support.attacks import add_classifier


def test_a_classifier_says_what_it_is_and_leaves_out_what_it_has_not(store: str) -> None:
    add_classifier("c", "digit", 8, 8)
    folder = Path(mlflow.artifacts.download_artifacts("models:/c@champion"))
    described = ClassifierModel.describe(load(folder, Version("c", 1, "champion", "r")), "http://localhost/run")
    assert (described.name, described.classes, described.shape) == ("c", ["a", "b"], [8, 8])
    said = described.model_dump(exclude_unset=True)
    assert said["run_url"] == "http://localhost/run"
    assert not {"example", "network", "temperature", "novelty_threshold", "attention"} & said.keys()


@pytest.mark.parametrize("given", [{}, {"pixels": []}, {"pixels": 0}, {"pixels": [[0]], "order": 1}])
def test_pictures_that_are_none_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Predict.model_validate(given)
