"""A trained classifier in the form that is exported: raw pixels in, probabilities out."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.classification.classifier import Classifier
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Standardisation

_ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


class PixelClassifier(PictureClassifier):
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
