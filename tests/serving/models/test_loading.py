from pathlib import Path

import mlflow
import pytest

from serving.errors import RefusedModel
from serving.models.classifiers import Classifier
from serving.models.functions import Function
from serving.models.loading import load
from serving.models.logged_model import Version
from tests.support.attacks import add_classifier, add_function

VERSION = Version("f", 1, None, "")


def artifacts(name: str) -> Path:
    return Path(mlflow.artifacts.download_artifacts(f"models:/{name}@champion"))


def test_a_model_is_loaded_as_the_kind_that_it_is(store: str) -> None:
    add_function("f")
    add_classifier("c", "digit", 28, 28)
    assert isinstance(load(artifacts("f"), VERSION), Function)
    assert isinstance(load(artifacts("c"), VERSION), Classifier)
    with pytest.raises(RefusedModel, match="do not describe a function"):
        load(artifacts("f"), VERSION, {"kind": "poem"})
