"""The registered classifier: raw pixels in, probabilities out, as an ONNX graph that any runtime can serve."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from onnx import TensorProto

from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import PictureSet, Pixels
from training.export import self_check
from training.export.function_model import Registered, log_version, promote
from training.export.metadata import ClassifierDescription, ClassifierMetadata
from training.export.onnx_graph import graph_of, tensor
from training.parameters.digits import numerals

# Probabilities are rounded to float32, and every runtime sums in its own order before that.
_TOLERANCE = 1e-5


def register(
    classifier: PictureClassifier, name: str, pictures: PictureSet, described: ClassifierDescription, champion: str
) -> Registered:
    """Log the classifier to the current run, register a version and decide on the alias `champion`.

    Args:
        name: in the model registry.
        described: what is known of the classifier. Written into the model.
        champion: `better`, `always` or `never`.
    """
    example = _one_of_each(pictures)
    with torch.inference_mode():
        (probabilities,) = classifier(torch.from_numpy(example))
    metadata: ClassifierMetadata = {
        "kind": "classifier",
        "dataset": pictures.name,
        "classes": list(pictures.classes),
        "shape": list(pictures.shape),
        "preparation": pictures.preparation,
        **described,
        "example": {
            # Base64 of the bytes: as a list, a picture would take longer to read than the graph.
            "pixels": base64.b64encode(example.tobytes()).decode(),
            "probabilities": probabilities.tolist(),
        },
    }
    graph = graph_of(
        classifier,
        tensor("pixels", TensorProto.UINT8, pictures.shape),
        [tensor("probabilities", TensorProto.FLOAT, [len(pictures.classes)])],
    )
    signature = ModelSignature(
        Schema([TensorSpec(np.dtype(np.uint8), (-1, *pictures.shape), "pixels")]),
        Schema([TensorSpec(np.dtype(np.float32), (-1, len(pictures.classes)), "probabilities")]),
    )
    given, expected = {"pixels": example}, {"probabilities": probabilities.numpy()}
    fault = self_check.disagreement(graph, given, expected, {"probabilities": _TOLERANCE})
    version = log_version(graph, name, signature, {"pixels": example[:1]}, metadata)
    return promote(version, name, champion, metadata, _is_better, fault)


def _one_of_each(pictures: PictureSet) -> Pixels:
    """The first test picture of each class that has one."""
    _, first = np.unique(pictures.test.labels, return_index=True)
    return pictures.test.pixels[np.sort(first)]


def _is_better(new: Mapping[str, Any], champion: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether a new version is better than the champion, and why."""
    accuracy, best = new["test_accuracy"], champion["test_accuracy"]
    said = numerals([100 * accuracy, 100 * best], digits=4)
    return accuracy > best, "test accuracy {}% against the champion's {}%".format(*said)
