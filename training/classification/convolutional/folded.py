"""The convolutional network in the form that is registered: pixels in, probabilities out, batch norm folded away."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, fx, nn

from training.arrays import Array
from training.classification.convolutional.activity import THRESHOLD, Novelty, Usual, activities
from training.classification.convolutional.architecture import Block, Plan
from training.classification.convolutional.batches import writable
from training.classification.convolutional.module import ConvolutionalClassifier
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures
from training.models.picture_layers import convolved
from training.models.pooling import pooled, reduced

# A function of another module stays whole in a trace where it is said here, too.
fx.wrap("convolved")

# Pictures computed at a time.
_TOGETHER = 256


class FoldedNetwork(nn.Module):
    """Pixels (n, …) uint8 → the maps (n, channels, height, width) float32 of each layer, the picture's own first.

    Args:
        plan: of the layers.
        grey: whether pictures are (height, width), and not (height, width, 3).
        mean, scale: of each channel, (channels, 1, 1).
        layers: weights and biases of each convolution.
    """

    def __init__(self, plan: Plan, grey: bool, mean: Tensor, scale: Tensor, layers: Sequence[tuple[Tensor, Tensor]]):
        super().__init__()
        self.plan, self._grey = plan, grey
        self.mean, self.scale = nn.Buffer(mean), nn.Buffer(scale)
        self.weights = nn.ParameterList(weights for weights, _ in layers)
        self.biases = nn.ParameterList(biases for _, biases in layers)

    @classmethod
    def of(cls, trained: ConvolutionalClassifier) -> Self:
        """Fold a trained network."""
        network, mean = trained.average, trained.mean.cpu()
        layers = [folded(block) for block in network.blocks if isinstance(block, Block)]
        return cls(network.plan, len(mean) == 1, mean.clone(), trained.scale.cpu().clone(), layers)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        u = pixels.float()
        u = u.unsqueeze(1) if self._grey else u.permute(0, 3, 1, 2)
        u = reduced((u - self.mean) * self.scale, self.plan.reduction)
        maps = [u]
        for planned, weight, bias in zip(self.plan.convolutions, self.weights, self.biases, strict=True):
            u = convolved(u, weight, bias, planned.stride, (planned.padding,) * 4, 1)
            u = torch.relu(pooled(u, planned.pooling))
            maps.append(u)
        return maps

    def seen(self, pictures: Pictures) -> tuple[Array, Array]:
        """The activities of pictures (m, activities), and the mean of their last maps, (features,)."""
        found, total = [], 0.0
        with torch.inference_mode():
            for part in torch.split(writable(pictures.pixels), _TOGETHER):
                maps = self(part)
                found.append(torch.cat(activities(maps), 1).double().numpy())
                total = total + maps[-1].flatten(1).double().sum(0).numpy()
        return np.concatenate(found), np.asarray(total) / len(pictures)


class FoldedClassifier(PictureClassifier):
    """Pixels (n, …) uint8 → probabilities (n, classes), novelty (n,) and attention (n, height, width), float32.

    Novelty is how far it is from what is usual (training.classification.convolutional.activity). Attention says for
    each place of the last maps how much it adds to the likeliest class's logit, less the mean logit and what it adds in
    the mean training picture.

    Args:
        network: up to the last maps.
        weights, biases: of the dense layer, (features, classes) and (classes,).
        usual: activities.
        mean: of the last maps of training pictures, (features,).
    """

    outputs: ClassVar[tuple[str, ...]] = ("probabilities", "novelty", "attention")

    def __init__(self, network: FoldedNetwork, weights: Tensor, biases: Tensor, usual: Usual, mean: Tensor):
        super().__init__()
        channels = [len(network.mean), *(planned.channels[1] for planned in network.plan.convolutions)]
        self.network, self.novelty = network, Novelty(usual, [each for each in channels for _ in range(2)])
        self.weights, self.biases, self.mean = nn.Buffer(weights), nn.Buffer(biases), nn.Buffer(mean)
        # Of each class above the mean of all, (classes, features).
        self.speaking = nn.Buffer((weights - weights.mean(1, keepdim=True)).T.contiguous())

    @classmethod
    def of(cls, trained: ConvolutionalClassifier, kept: Pictures, held_out: Pictures) -> Self:
        """Fold a trained network, and see what is usual in pictures of its training, and in those held out."""
        network, last = FoldedNetwork.of(trained), trained.average.last
        found, mean = network.seen(kept)
        usual = Usual.of(found, kept.labels, network.seen(held_out)[0] if len(held_out) else found[:0])
        weights, biases = last.weight.detach().cpu().T.contiguous(), last.bias.detach().cpu().clone()
        return cls(network, weights, biases, usual, torch.from_numpy(mean).float())

    @property
    def described(self) -> Mapping[str, Any]:
        return {"network": "conv", "novelty_threshold": THRESHOLD}

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        maps = self.network(pixels)
        features = torch.flatten(maps[-1], 1)
        logits = features @ self.weights + self.biases
        probabilities = torch.softmax(logits.double() / self.temperature, 1).float()
        return probabilities, self.novelty(activities(maps)), self._attention(features, logits)

    def _attention(self, features: Tensor, logits: Tensor) -> Tensor:
        likeliest = torch.eq(logits, torch.amax(logits, 1, True)).float()
        parts = (features - self.mean) * (likeliest @ self.speaking)
        maps: Tensor = parts.unflatten(1, (self.network.plan.channels, *self.network.plan.places))  # type: ignore[no-untyped-call]
        return torch.sum(maps, 1, False)


def folded(block: Block) -> tuple[Tensor, Tensor]:
    """Weights and biases of a convolution that does what a block's does and its norm behind it, in float32."""
    norm, weight = block.norm, block.convolution.weight.detach().double().cpu()
    mean, variance, shift = (each.detach().double().cpu() for each in (norm.running_mean, norm.running_var, norm.bias))  # type: ignore[union-attr]
    scale = norm.weight.detach().double().cpu() / torch.sqrt(variance + norm.eps)
    return (weight * scale[:, None, None, None]).float().contiguous(), (shift - mean * scale).float()
