"""The convolutional network in the form that is registered: pixels in, probabilities out, batch norm folded away."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, fx, nn

from training.classification.convolutional.architecture import Block, Plan
from training.classification.convolutional.module import ConvolutionalClassifier
from training.classification.picture_classifier import PictureClassifier
from training.models.picture_layers import convolved
from training.models.pooling import pooled, reduced

# A function of another module stays whole in a trace where it is said here, too.
fx.wrap("convolved")


class FoldedClassifier(PictureClassifier):
    """Pixels (n, …) uint8 → probabilities (n, classes) float32.

    Args:
        plan: of the layers.
        grey: whether pictures are (height, width), and not (height, width, 3).
        mean, scale: of each channel, (channels, 1, 1).
        layers: weights and biases of each convolution, and of the dense layer, (features, classes) and (classes,).
    """

    def __init__(self, plan: Plan, grey: bool, mean: Tensor, scale: Tensor, layers: Sequence[tuple[Tensor, Tensor]]):
        super().__init__()
        self._plan, self._grey = plan, grey
        self.mean, self.scale = nn.Buffer(mean), nn.Buffer(scale)
        weights, biases = zip(*layers, strict=True)
        self.weights, self.biases = nn.ParameterList(weights), nn.ParameterList(biases)

    @classmethod
    def of(cls, trained: ConvolutionalClassifier) -> Self:
        """Fold a trained network."""
        network, mean = trained.average, trained.mean.cpu()
        layers = [folded(block) for block in network.blocks if isinstance(block, Block)]
        last = (network.last.weight.detach().cpu().T.contiguous(), network.last.bias.detach().cpu().clone())
        return cls(network.plan, len(mean) == 1, mean.clone(), trained.scale.cpu().clone(), [*layers, last])

    @property
    def described(self) -> Mapping[str, Any]:
        return {"network": "conv"}

    def forward(self, pixels: Tensor) -> tuple[Tensor]:
        u = pixels.float()
        u = u.unsqueeze(1) if self._grey else u.permute(0, 3, 1, 2)
        u = reduced((u - self.mean) * self.scale, self._plan.reduction)
        for planned, weight, bias in zip(self._plan.convolutions, self.weights, self.biases, strict=False):
            u = convolved(u, weight, bias, planned.stride, (planned.padding,) * 4, 1)
            u = torch.relu(pooled(u, planned.pooling))
        logits = (torch.flatten(u, 1) @ self.weights[-1] + self.biases[-1]).double()
        return (torch.softmax(logits / self.temperature, 1).float(),)


def folded(block: Block) -> tuple[Tensor, Tensor]:
    """Weights and biases of a convolution that does what a block's does and its norm behind it, in float32."""
    norm, weight = block.norm, block.convolution.weight.detach().double().cpu()
    mean, variance, shift = (each.detach().double().cpu() for each in (norm.running_mean, norm.running_var, norm.bias))  # type: ignore[union-attr]
    scale = norm.weight.detach().double().cpu() / torch.sqrt(variance + norm.eps)
    return (weight * scale[:, None, None, None]).float().contiguous(), (shift - mean * scale).float()
