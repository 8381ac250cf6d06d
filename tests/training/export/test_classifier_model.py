"""The registered version of a small classifier, as it lies in the store."""

import json
from typing import cast

import mlflow
import numpy as np
import onnxruntime
import torch
from mlflow.artifacts import download_artifacts

from tests.support.descriptions import CLASSIFIER
from tests.support.pictures import digits
from training.classification.pictures import Standardisation
from training.classification.pixel_classifier import PixelClassifier
from training.export.classifier_model import register
from training.export.function_model import Registered
from training.export.metadata import ClassifierDescription

PICTURES = digits(50, 60, classes=3)


def classifier() -> PixelClassifier:
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(3, 64)) / 8, rng.normal(size=3))]
    return PixelClassifier(Standardisation.of(PICTURES.train.pixels), layers, "relu", True)


def registered(accuracy: float) -> Registered:
    described = cast(ClassifierDescription, {**CLASSIFIER, "test_accuracy": accuracy})
    with mlflow.start_run():
        return register(classifier(), "digits", PICTURES, described, "better")


def test_a_version_is_a_graph_with_an_example_of_each_class(store: str) -> None:
    made = registered(0.5)
    assert (made.name, made.version, made.champion) == ("digits", 1, True)
    model = mlflow.models.get_model_info("models:/digits/1")
    metadata = json.loads(json.dumps(model.metadata))
    assert (metadata["kind"], metadata["classes"], metadata["shape"]) == ("classifier", ["0", "1", "2"], [8, 8])
    assert "any_size" not in metadata
    assert "attention" not in metadata
    assert model.signature.inputs.to_dict()[0]["tensor-spec"] == {"dtype": "uint8", "shape": (-1, 8, 8)}
    (path,) = (download_artifacts(f"models:/digits/1/{model.flavors['onnx']['data']}"),)
    (found,) = onnxruntime.InferenceSession(path).run(None, {"pixels": PICTURES.test.pixels})
    with torch.inference_mode():
        (truth,) = classifier()(torch.from_numpy(PICTURES.test.pixels))
    np.testing.assert_allclose(np.asarray(found), truth, atol=1e-6)
    first = [int(np.flatnonzero(PICTURES.test.labels == label)[0]) for label in range(3)]
    np.testing.assert_allclose(metadata["example"]["probabilities"], truth[sorted(first)], atol=1e-6)


def test_the_champion_is_the_version_with_the_highest_test_accuracy(store: str) -> None:
    assert registered(0.5).champion
    same, better = registered(0.5), registered(0.51)
    assert (same.champion, same.reason) == (False, "test accuracy 50% against the champion's 50%")
    assert (better.champion, better.reason) == (True, "test accuracy 51% against the champion's 50%")
