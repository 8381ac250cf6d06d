"""Perceptrons of several variables for tests, with a transcription to check them by."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.models.field_network import FieldLayers, FieldScaling


def layers(sizes: tuple[int, ...], activation: str = "tanh", seed: int = 0) -> FieldLayers:
    """Weights of the order of one, and a scaling that differs in each variable and output."""
    generator, (d, m) = np.random.default_rng(seed), (sizes[0], sizes[-1])
    weights = [generator.normal(size=pair) / np.sqrt(pair[0]) for pair in pairwise(sizes)]
    biases = [generator.normal(size=size) / 2 for size in sizes[1:]]
    center, scale = generator.normal(size=d), np.exp(generator.normal(size=d) / 2)
    return FieldLayers(
        activation, weights, biases, FieldScaling(center, scale, generator.normal(size=m), 1.5 + generator.random(m))
    )


def transcription(given: FieldLayers, activation: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The function of one point x (d,) that the layers are, (m,), as torch.func can differentiate it."""
    s = given.scaling

    def function(x: Tensor) -> Tensor:
        a: Any = (x - torch.from_numpy(s.x_center)) / torch.from_numpy(s.x_scale)
        for number, (weight, bias) in enumerate(zip(given.weights, given.biases, strict=True)):
            a = a if number == 0 else activation(a)
            a = a @ torch.from_numpy(weight) + torch.from_numpy(bias)
        scaled: Tensor = a * torch.from_numpy(s.y_scale) + torch.from_numpy(s.y_center)
        return scaled

    return function
