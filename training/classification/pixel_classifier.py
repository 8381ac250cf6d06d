"""A trained classifier in the form that is exported: raw pixels in, probabilities out."""

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.classification.classifier import Classifier
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Standardisation

_ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
# Their derivatives, from what they give.
_DERIVATIVES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.sign,
    "tanh": lambda y: 1.0 - y * y,
    "sigmoid": lambda y: y * (1.0 - y),
}


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

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        return (torch.softmax(self.scores(self._layers(pixels)[-1]), 1).float(),)

    def scores(self, logits: Tensor) -> Tensor:
        """The inputs (n, classes) of the softmax, from logits (n, classes)."""
        if self.softmax:
            return logits
        # log σ(z), without overflow: its softmax is σ over the sum of all σ.
        return -(torch.relu(-logits) + torch.log(1 + torch.exp(-torch.abs(logits))))

    def logits_and_gradient(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (n, classes), and by the inputs (n, inputs) the gradient of how far the largest is above the mean.

        The gradient is written out as a product of the layers from the last to the first.
        """
        *hidden, logits = self._layers(inputs)
        largest = torch.eq(logits, torch.amax(logits, 1, True)).double()
        gradient = (largest - torch.mean(largest, 1, True)) @ self.weights[-1].permute(1, 0)
        for weight, values in zip(reversed(list(self.weights)[:-1]), reversed(hidden), strict=True):
            gradient = (gradient * _DERIVATIVES[self.activation](values)) @ weight.permute(1, 0)
        return logits, gradient * self.scale

    def _layers(self, inputs: Tensor) -> list[Tensor]:
        """The outputs of each layer, of hidden ones after their activation."""
        u, activation, found = (torch.flatten(inputs, 1).double() - self.mean) * self.scale, _ACTIVATIONS, []
        for weight, bias in list(zip(self.weights, self.biases, strict=True))[:-1]:
            u = activation[self.activation](u @ weight + bias)
            found.append(u)
        return [*found, u @ self.weights[-1] + self.biases[-1]]
