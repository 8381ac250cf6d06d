"""The registered classifier: raw pixels in, probabilities out, as an ONNX graph that any runtime can serve."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from onnx import TensorProto

from training.arrays import Array
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import PictureSet, Pixels
from training.export import self_check
from training.export.function_model import Registered, log_version, promote
from training.export.metadata import ClassifierDescription, ClassifierMetadata
from training.export.onnx_graph import graph_of, tensor
from training.parameters.digits import numerals

# Probabilities are rounded to float32, and every runtime sums in its own order before that.
_TOLERANCE, _DRAWN = 1e-5, 1e-4


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
    given = classifier.given(example)
    answers = dict(zip(classifier.outputs, self_check.evaluate(classifier, given), strict=True))
    metadata = _metadata(classifier, pictures, described, example, answers)
    free: list[int | str] = ["height", "width"] if classifier.any_size else list(given.shape[1:3])
    outputs = [tensor(name, TensorProto.FLOAT, answer.shape[1:]) for name, answer in answers.items()]
    graph = graph_of(classifier, tensor("pixels", TensorProto.UINT8, [*free, *given.shape[3:]]), outputs)
    fault = self_check.disagreement(graph, {"pixels": given}, answers, _tolerances(answers))
    version = log_version(graph, name, _signature(classifier, given, answers), {"pixels": given[:1]}, metadata)
    return promote(version, name, champion, metadata, _is_better, fault)


def _metadata(
    classifier: PictureClassifier,
    pictures: PictureSet,
    described: ClassifierDescription,
    example: Pixels,
    answers: Mapping[str, Array],
) -> ClassifierMetadata:
    metadata: ClassifierMetadata = {
        "kind": "classifier",
        "dataset": pictures.name,
        "classes": list(pictures.classes),
        "shape": list(pictures.shape),
        "preparation": pictures.preparation,
        **described,
        **classifier.described,  # type: ignore[typeddict-item]
        "example": {
            # Base64 of the bytes: as a list, a picture would take longer to read than the graph.
            "pixels": base64.b64encode(example.tobytes()).decode(),
            **{name: answers[name].tolist() for name in ("probabilities", "novelty") if name in answers},
        },
    }
    if classifier.any_size:
        metadata["any_size"] = True
    if "attention" in answers:
        metadata["attention"] = list(answers["attention"].shape[1:])
    return metadata


def _signature(classifier: PictureClassifier, given: Pixels, answers: Mapping[str, Array]) -> ModelSignature:
    free = (-1, -1) if classifier.any_size else given.shape[1:3]
    pixels = TensorSpec(np.dtype(np.uint8), (-1, *free, *given.shape[3:]), "pixels")
    kind = np.dtype(np.float32)
    outputs = Schema([TensorSpec(kind, (-1, *answer.shape[1:]), name) for name, answer in answers.items()])
    return ModelSignature(Schema([pixels]), outputs)


def _tolerances(answers: Mapping[str, Array]) -> dict[str, float]:
    """Of attention relative to its largest value, as it is drawn; its sum over a thousand channels is in float32."""
    largest = float(np.abs(answers["attention"]).max(initial=0)) if "attention" in answers else 0.0
    return dict.fromkeys(answers, _TOLERANCE) | {"attention": _DRAWN * largest}


def _one_of_each(pictures: PictureSet) -> Pixels:
    """The first test picture of each class that has one."""
    _, first = np.unique(pictures.test.labels, return_index=True)
    return pictures.test.pixels[np.sort(first)]


def _is_better(new: Mapping[str, Any], champion: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether a new version is better than the champion, and why."""
    accuracy, best = new["test_accuracy"], champion["test_accuracy"]
    said = numerals([100 * accuracy, 100 * best], digits=4)
    return accuracy > best, "test accuracy {}% against the champion's {}%".format(*said)
