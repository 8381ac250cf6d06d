"""The registered classifier: raw pixels in, probabilities out, as an ONNX graph that any runtime can serve."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from onnx import TensorProto
from torch import Tensor, nn

from training.classification.classifier import Classifier
from training.classification.pictures import Array, PictureSet, Pixels, Standardisation
from training.export import self_check
from training.export.function_model import Registered, log_version, promote
from training.export.onnx_graph import graph_of, tensor
from training.parameters.digits import numerals

_ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
# Probabilities are rounded to float32, and every runtime sums in its own order before that.
_TOLERANCE = 1e-5


class PixelClassifier(nn.Module):
    """A trained network as pixels (n, …) uint8 → probabilities (n, classes) float32: the form that is exported.

    Probabilities are those of a softmax over the outputs where the network was trained with one. Where each class had
    a sigmoid of its own, they are these, divided by their sum: they order the classes as the sigmoids do, and where
    these are small for all classes, they still say which is the likeliest. One sigmoid gives (1 - σ, σ).

    Args:
        standardisation: of the training pictures.
        layers: weights (out, in) and biases (out,) of each layer.
        activation: of the hidden layers.
        softmax: whether the outputs are logits of a softmax.
    """

    def __init__(
        self, standardisation: Standardisation, layers: Sequence[tuple[Array, Array]], activation: str, softmax: bool
    ):
        super().__init__()
        *hidden, (last, last_bias) = layers
        if one_sigmoid := len(last) == 1:
            # A sigmoid of z is the softmax of (0, z).
            last, last_bias = np.vstack([np.zeros_like(last), last]), np.append(0.0, last_bias)
        self.activation, self.softmax = activation, softmax or one_sigmoid
        self.mean = nn.Buffer(torch.from_numpy(standardisation.mean))
        self.scale = nn.Buffer(torch.from_numpy(1 / standardisation.without_constants().deviation))
        layers = [*hidden, (last, last_bias)]
        self.weights = nn.ParameterList(torch.from_numpy(weights.T.copy()) for weights, _ in layers)
        self.biases = nn.ParameterList(torch.from_numpy(biases) for _, biases in layers)

    @classmethod
    def of(cls, classifier: Classifier, l2_lambda: float) -> Self:
        """A member of what was trained."""
        config = classifier.config
        layers = classifier.layers(l2_lambda)
        return cls(classifier.standardisation, layers, config.activation, config.loss == "cross_entropy")

    def forward(self, pixels: Tensor) -> tuple[Tensor]:
        u = (torch.flatten(pixels, 1).double() - self.mean) * self.scale
        activation = _ACTIVATIONS[self.activation]
        for weight, bias in list(zip(self.weights, self.biases, strict=True))[:-1]:
            u = activation(u @ weight + bias)
        z = u @ self.weights[-1] + self.biases[-1]
        if not self.softmax:
            # log σ(z), without overflow: its softmax is σ over the sum of all σ.
            z = -(torch.relu(-z) + torch.log(1 + torch.exp(-torch.abs(z))))
        return (torch.softmax(z, 1).float(),)


def register(
    classifier: PixelClassifier, name: str, pictures: PictureSet, metadata: Mapping[str, Any], champion: str
) -> Registered:
    """Log the classifier to the current run, register a version and decide on the alias `champion`.

    Args:
        name: in the model registry.
        metadata: l2_lambda and accuracies; what follows from the pictures, and an example, are added.
        champion: `better`, `always` or `never`.
    """
    example = _one_of_each(pictures)
    with torch.inference_mode():
        (probabilities,) = classifier(torch.from_numpy(example))
    metadata = {
        "kind": "classifier",
        "dataset": pictures.name,
        "classes": list(pictures.classes),
        "shape": list(pictures.shape),
        "preparation": pictures.preparation,
        **metadata,
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
