"""Classifiers as they are loaded from the registry, and refused."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import yaml

from serving.errors import RefusedModel
from serving.models.classifiers import load
from serving.models.graphs import CHUNK
from serving.models.logged_model import Version
from tests.support.attacks import add_classifier

VERSION = Version("c", 1, "champion", "r")


@pytest.fixture
def folder(store: str) -> Path:
    """A registered classifier as it lies in the store, to be spoiled."""
    add_classifier("c", "digit", 8, 8)
    return Path(mlflow.artifacts.download_artifacts("models:/c@champion"))


def spoiled(folder: Path, changes: dict[str, Any]) -> Path:
    content = yaml.safe_load((folder / "MLmodel").read_text())
    content["metadata"] |= changes
    (folder / "MLmodel").write_text(yaml.safe_dump(content))
    return folder


def test_probabilities_are_those_of_each_picture_however_many_there_are(folder: Path) -> None:
    classifier = load(folder, VERSION)
    pixels = np.random.default_rng(0).integers(0, 256, (2 * CHUNK + 3, 8, 8), dtype=np.uint8)
    found = classifier(pixels).probabilities
    assert found.shape == (len(pixels), 2)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)
    for index in (0, CHUNK, 2 * CHUNK + 2):
        np.testing.assert_allclose(classifier(pixels[index : index + 1]).probabilities[0], found[index], atol=1e-6)
    assert classifier(pixels[:0]).probabilities.shape == (0, 2)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"classes": ["a", "b", "c"]}, r"its output probabilities is not FLOAT of shape \['n', 3\]"),
        ({"classes": ["a"]}, r"its metadata do not describe a classifier \(see classes"),
        ({"shape": [8]}, r"its metadata do not describe a classifier \(see shape"),
        ({"shape": [4, 16]}, r"its input is not UINT8 of shape \['n', 4, 16\]"),
        ({"preparation": "magic"}, r"do not describe a classifier \(see preparation"),
        ({"example": {"pixels": "AAAA", "probabilities": [[1.0]]}}, "it does not answer its own example"),
        ({"example": {"pixels": "AA" * 43 + "==", "probabilities": [[0.1] * 2]}}, "differ from its own example|answer"),
    ],
)
def test_a_classifier_that_is_not_what_it_says_is_refused(folder: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedModel, match=reason):
        load(spoiled(folder, changes), VERSION)
